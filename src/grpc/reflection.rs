//! Server reflection, v1 and v1alpha: the protos for clients that do not have them.
//!
//! Knows the protocol. Must not know which protos there are.

mod files;

use std::pin::Pin;
use std::sync::Arc;

use tokio_stream::{Stream, StreamExt as _};
use tonic::{Code, Request, Response, Status, Streaming};

use self::files::Files;
pub use self::files::FilesError;

/// Answers questions about a set of protos.
#[derive(Debug, Clone)]
pub struct Reflection {
    files: Arc<Files>,
}

/// The answers to a stream of questions. Each question is read when the answer before it is taken.
type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

impl Reflection {
    /// Reads encoded `FileDescriptorSet`s.
    pub fn new(sets: &[&[u8]]) -> Result<Self, FilesError> {
        Ok(Self { files: Arc::new(Files::read(sets)?) })
    }
}

/// Serves a version of the protocol. The versions differ in the name of their package alone.
macro_rules! serve {
    ($version:ident) => {
        mod $version {
            use tonic_reflection::pb::$version::server_reflection_request::MessageRequest as Ask;
            use tonic_reflection::pb::$version::server_reflection_response::MessageResponse as Said;
            use tonic_reflection::pb::$version::server_reflection_server::ServerReflection;
            use tonic_reflection::pb::$version::{
                ErrorResponse, ExtensionNumberResponse, ExtensionRequest, FileDescriptorResponse, ListServiceResponse,
                ServerReflectionRequest, ServerReflectionResponse, ServiceResponse,
            };

            use super::*;

            #[tonic::async_trait]
            impl ServerReflection for Reflection {
                type ServerReflectionInfoStream = Answers<ServerReflectionResponse>;

                async fn server_reflection_info(
                    &self,
                    request: Request<Streaming<ServerReflectionRequest>>,
                ) -> Result<Response<Self::ServerReflectionInfoStream>, Status> {
                    let files = self.files.clone();
                    let questions = request.into_inner();
                    Ok(Response::new(Box::pin(questions.map(move |question| Ok(answer(&files, question?))))))
                }
            }

            /// Answers one question; what is not there is an answer too, and the stream goes on.
            fn answer(files: &Files, question: ServerReflectionRequest) -> ServerReflectionResponse {
                let error = |code: Code, message: &str| {
                    Said::ErrorResponse(ErrorResponse { error_code: code.into(), error_message: message.to_owned() })
                };
                let file = |file: Option<&[u8]>| match file {
                    Some(bytes) => {
                        Said::FileDescriptorResponse(FileDescriptorResponse { file_descriptor_proto: vec![bytes.to_vec()] })
                    }
                    None => error(Code::NotFound, "No file is or declares what was asked for."),
                };
                let said = match &question.message_request {
                    None => error(Code::InvalidArgument, "The request asks for nothing."),
                    Some(Ask::ListServices(_)) => Said::ListServicesResponse(ListServiceResponse {
                        service: files.services().map(|name| ServiceResponse { name }).collect(),
                    }),
                    Some(Ask::FileByFilename(name)) => file(files.by_name(name)),
                    Some(Ask::FileContainingSymbol(symbol)) => file(files.by_symbol(symbol)),
                    Some(Ask::FileContainingExtension(ExtensionRequest { containing_type, extension_number })) => {
                        file(files.by_extension(containing_type, *extension_number))
                    }
                    Some(Ask::AllExtensionNumbersOfType(name)) => match files.extensions_of(name) {
                        Some(extension_number) => Said::AllExtensionNumbersResponse(ExtensionNumberResponse {
                            base_type_name: name.clone(),
                            extension_number,
                        }),
                        None => error(Code::NotFound, "There is no such message."),
                    },
                };
                ServerReflectionResponse {
                    valid_host: question.host.clone(),
                    original_request: Some(question),
                    message_response: Some(said),
                }
            }
        }
    };
}

serve!(v1);
serve!(v1alpha);
