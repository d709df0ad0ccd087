//! The codec: bytes that are no message are the caller's mistake, not the server's.

use std::marker::PhantomData;

use prost::Message;
use tonic::Status;
use tonic::codec::{Codec, DecodeBuf, Decoder};
use tonic_prost::ProstCodec;

use crate::grpc::status;

/// Encodes as prost does; answers bytes that do not decode with `INVALID_ARGUMENT`, where prost's own codec says `INTERNAL`.
#[derive(Debug, Clone, Default)]
pub struct StrictCodec<T, U> {
    types: PhantomData<(T, U)>,
}

/// Decodes one message, or refuses its bytes.
#[derive(Debug, Clone)]
pub struct StrictDecoder<U> {
    message: PhantomData<U>,
}

impl<T, U> Codec for StrictCodec<T, U>
where
    T: Message + Send + 'static,
    U: Message + Default + Send + 'static,
{
    type Encode = T;
    type Decode = U;
    type Encoder = <ProstCodec<T, U> as Codec>::Encoder;
    type Decoder = StrictDecoder<U>;

    fn encoder(&mut self) -> Self::Encoder {
        ProstCodec::<T, U>::default().encoder()
    }

    fn decoder(&mut self) -> Self::Decoder {
        StrictDecoder { message: PhantomData }
    }
}

impl<U: Message + Default> Decoder for StrictDecoder<U> {
    type Item = U;
    type Error = Status;

    fn decode(&mut self, bytes: &mut DecodeBuf<'_>) -> Result<Option<U>, Status> {
        // The cause may quote the field, never its bytes; the caller learns that the message is malformed, and no more.
        U::decode(bytes).map(Some).map_err(|_| status::malformed())
    }
}
