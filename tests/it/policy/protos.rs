//! Compiles a proto that a test wrote beside the real `access.proto`. Must not know the rules.

use std::fs;
use std::path::{Path, PathBuf};

use prost_reflect::DescriptorPool;
use protox::Compiler;
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver, IncludeFileResolver};

/// The rule of a method whose rule does not matter.
pub(super) const ANY: &str = "option (access) = { any: true };";

const TEST_FILE: &str = "oauthregistry/v1/test.proto";

/// Returns what the build script says of a file with these definitions.
pub(super) fn faults(definitions: &str) -> Vec<String> {
    super::read(&compile(definitions)).err().unwrap_or_default()
}

/// Returns what the build script says of a service with one method, whose options are these.
pub(super) fn faults_of_method(options: &str) -> Vec<String> {
    faults(&format!("message Empty {{}} service S {{ {} }}", method("Act", "Empty", options)))
}

/// Returns the text of a method.
pub(super) fn method(name: &str, response: &str, options: &str) -> String {
    format!("rpc {name}(Empty) returns ({response}) {{ {options} }}\n")
}

/// Compiles definitions as a file of the API's package.
pub(super) fn compile(definitions: &str) -> DescriptorPool {
    let imports = "import \"google/protobuf/descriptor.proto\"; import \"oauthregistry/v1/access.proto\";";
    let source = format!("syntax = \"proto3\"; package {}; {imports}\n{definitions}", super::PACKAGE);
    let mut resolver = ChainFileResolver::new();
    resolver.add(TestFile(source));
    resolver.add(IncludeFileResolver::new(root()));
    resolver.add(GoogleFileResolver::new());
    let mut compiler = Compiler::with_file_resolver(resolver);
    compiler.include_source_info(true).include_imports(true);
    compiler.open_file(TEST_FILE).unwrap_or_else(|error| panic!("{error:?}\n{definitions}"));
    DescriptorPool::decode(compiler.encode_file_descriptor_set().as_slice()).unwrap()
}

/// Compiles the real protos, as the build script does.
pub(super) fn real() -> DescriptorPool {
    let mut compiler = Compiler::new([root()]).unwrap();
    compiler.include_source_info(true).include_imports(true);
    for entry in fs::read_dir(root().join("oauthregistry/v1")).unwrap() {
        compiler.open_file(entry.unwrap().path()).unwrap();
    }
    DescriptorPool::decode(compiler.encode_file_descriptor_set().as_slice()).unwrap()
}

/// Returns the folder of the protos.
pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("proto")
}

struct TestFile(String);

impl FileResolver for TestFile {
    fn resolve_path(&self, path: &Path) -> Option<String> {
        (path == Path::new(TEST_FILE)).then(|| TEST_FILE.to_owned())
    }

    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        if name == TEST_FILE { File::from_source(name, &self.0) } else { Err(protox::Error::file_not_found(name)) }
    }
}
