//! The protos that are served, found by name, by symbol and by extension.
//!
//! Keeps each file as the bytes that it was registered with. Must not know the protocol.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use prost::Message as _;
use prost_reflect::{DescriptorError, DescriptorPool};
use prost_types::FileDescriptorProto;

/// The files of every API that is served.
#[derive(Debug)]
pub(super) struct Files {
    pool: DescriptorPool,
    /// The bytes of each file, by its name.
    encoded: HashMap<String, Vec<u8>>,
    /// The name of the file that declares each symbol.
    symbols: HashMap<String, String>,
}

/// Why files cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// The bytes are no set of files.
    #[error(transparent)]
    Decode(#[from] prost::DecodeError),
    /// The files do not fit together.
    #[error(transparent)]
    Link(#[from] DescriptorError),
}

/// A `FileDescriptorSet` whose files stay encoded: `prost_types` drops the custom options of what it decodes.
#[derive(Clone, PartialEq, prost::Message)]
struct EncodedSet {
    #[prost(bytes = "vec", repeated, tag = "1")]
    file: Vec<Vec<u8>>,
}

impl Files {
    /// Reads sets of files; of two files of one name, the first counts.
    pub(super) fn read(sets: &[&[u8]]) -> Result<Self, FilesError> {
        let (mut all, mut encoded) = (EncodedSet::default(), HashMap::new());
        for set in sets {
            for file in EncodedSet::decode(*set)?.file {
                let name = FileDescriptorProto::decode(file.as_slice())?.name().to_owned();
                if let Entry::Vacant(free) = encoded.entry(name) {
                    all.file.push(file.clone());
                    free.insert(file);
                }
            }
        }
        let pool = DescriptorPool::decode(all.encode_to_vec().as_slice())?;
        let symbols = symbols(&pool);
        Ok(Self { pool, encoded, symbols })
    }

    /// Returns the full names of the services.
    pub(super) fn services(&self) -> impl Iterator<Item = String> {
        self.pool.services().map(|service| service.full_name().to_owned())
    }

    /// Returns the file of this name.
    pub(super) fn by_name(&self, name: &str) -> Option<&[u8]> {
        self.encoded.get(name).map(Vec::as_slice)
    }

    /// Returns the file that declares this symbol.
    pub(super) fn by_symbol(&self, symbol: &str) -> Option<&[u8]> {
        self.by_name(self.symbols.get(symbol)?)
    }

    /// Returns the file that declares the extension of a message by this number.
    pub(super) fn by_extension(&self, extended: &str, number: i32) -> Option<&[u8]> {
        let message = self.pool.get_message_by_name(extended)?;
        let extension = message.get_extension(u32::try_from(number).ok()?)?;
        self.by_name(extension.parent_file().name())
    }

    /// Returns the numbers of a message's extensions.
    pub(super) fn extensions_of(&self, extended: &str) -> Option<Vec<i32>> {
        let message = self.pool.get_message_by_name(extended)?;
        Some(message.extensions().filter_map(|extension| i32::try_from(extension.number()).ok()).collect())
    }
}

/// Returns every symbol with the name of its file. An enum's value stands beside its enum, as in C++.
fn symbols(pool: &DescriptorPool) -> HashMap<String, String> {
    let mut symbols = HashMap::new();
    let mut note = |symbol: &str, file: &str| symbols.insert(symbol.to_owned(), file.to_owned());
    for service in pool.services() {
        note(service.full_name(), service.parent_file().name());
        service.methods().for_each(|method| drop(note(method.full_name(), service.parent_file().name())));
    }
    for message in pool.all_messages() {
        let file = message.parent_file();
        note(message.full_name(), file.name());
        message.fields().for_each(|field| drop(note(field.full_name(), file.name())));
        message.oneofs().for_each(|oneof| drop(note(oneof.full_name(), file.name())));
    }
    for values in pool.all_enums() {
        let file = values.parent_file();
        note(values.full_name(), file.name());
        values.values().for_each(|value| drop(note(value.full_name(), file.name())));
    }
    for extension in pool.all_extensions() {
        note(extension.full_name(), extension.parent_file().name());
    }
    symbols
}
