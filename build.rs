//! Compiles the protos without protoc, and refuses protos that break the house's rules.

#[path = "proto/codegen.rs"]
mod codegen;
#[path = "proto/policy.rs"]
mod policy;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use prost_reflect::DescriptorPool;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let mut compiler = protox::Compiler::new(["proto"])?;
    compiler.include_source_info(true).include_imports(true);
    for file in proto_files()? {
        compiler.open_file(file)?;
    }
    let descriptors = compiler.encode_file_descriptor_set();
    let pool = DescriptorPool::decode(descriptors.as_slice())?;
    let policy = policy::read(&pool).map_err(|faults| faults.join("\n"))?;
    fs::write(out.join("descriptors.bin"), &descriptors)?;
    fs::write(out.join("permissions.rs"), codegen::permissions(&pool))?;
    fs::write(out.join("methods.rs"), codegen::methods(&policy))?;
    fs::write(out.join("fields.rs"), codegen::fields(&pool))?;
    fs::write(out.join("redacted.rs"), codegen::redacted_debug(&policy)?)?;
    fs::write(out.join("wiped.rs"), codegen::wiped_requests(&pool))?;
    tonic_prost_build::configure()
        .codec_path("crate::grpc::codec::StrictCodec")
        .skip_debug(codegen::debug_paths(&policy))
        .compile_fds(compiler.file_descriptor_set())?;
    Ok(())
}

/// Returns the protos' paths below `proto`, sorted.
fn proto_files() -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let root = Path::new("proto");
    let mut files = Vec::new();
    for entry in fs::read_dir(root.join("oauthregistry/v1"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "proto") {
            files.push(path.strip_prefix(root)?.to_owned());
        }
    }
    files.sort();
    Ok(files)
}
