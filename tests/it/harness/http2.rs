//! HTTP/2 by hand: frames as bytes (RFC 9113 §4.1), for peers that no client library would be. Must not know the product's rules.

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// What every client says first.
pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;

/// The flag of a stream's last DATA or HEADERS frame.
pub(crate) const END_STREAM: u8 = 1;
/// The flag of an answer to a PING.
pub(crate) const ACK: u8 = 1;
/// The flag of a HEADERS frame that no other continues.
pub(crate) const END_HEADERS: u8 = 4;

/// One frame.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) stream: u32,
    pub(crate) payload: Vec<u8>,
}

/// Writes a frame as bytes.
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()].concat();
    [&head, payload].concat()
}

/// What every client says first, with empty settings.
pub(crate) fn greeting() -> Vec<u8> {
    [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat()
}

/// The headers of a gRPC call, each as a literal that no table remembers (RFC 7541 §6.2.2).
pub(crate) fn call_headers(path: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let fixed = [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", path),
        (":authority", "by.hand"),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
    ];
    fixed.iter().chain(more).flat_map(|(name, value)| literal(name, value)).collect()
}

/// Writes a header as a literal.
pub(crate) fn literal(name: &str, value: &str) -> Vec<u8> {
    // One byte holds a length below 127.
    let length = |text: &str| u8::try_from(text.len()).ok().filter(|length| *length < 127).unwrap();
    [&[0, length(name)], name.as_bytes(), &[length(value)], value.as_bytes()].concat()
}

/// Reads the next frame, or nothing when the connection has ended.
pub(crate) async fn read(wire: &mut (impl AsyncRead + Unpin)) -> Option<Frame> {
    let mut head = [0; 9];
    wire.read_exact(&mut head).await.ok()?;
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    let mut payload = vec![0; length.try_into().unwrap()];
    wire.read_exact(&mut payload).await.ok()?;
    let stream = u32::from_be_bytes(head[5..].try_into().unwrap());
    Some(Frame { kind: head[3], stream, payload })
}

/// Reads frames until one of this kind comes; there must be one.
pub(crate) async fn read_until(wire: &mut (impl AsyncRead + Unpin), kind: u8) -> Frame {
    loop {
        let next = read(wire).await.unwrap_or_else(|| panic!("the connection ended without a frame of kind {kind}"));
        if next.kind == kind {
            return next;
        }
    }
}

/// Writes bytes that must be taken.
pub(crate) async fn write(wire: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) {
    wire.write_all(bytes).await.unwrap();
}
