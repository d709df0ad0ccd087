//! Padding that hides the exact length: `u16 length ‖ message ‖ zeros` up to a multiple of 64.

use zeroize::Zeroizing;

use crate::crypto::secret::MAX_SECRET_LENGTH;

const BLOCK: usize = 64;
const PREFIX: usize = 2;

/// Says whether a padded message can have this length.
pub(super) const fn is_padded_length(length: usize) -> bool {
    length > 0 && length.is_multiple_of(BLOCK) && length <= padded_length(MAX_SECRET_LENGTH)
}

/// Pads a message; nothing when it is too long.
pub(super) fn pad(message: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    if message.len() > MAX_SECRET_LENGTH {
        return None;
    }
    let prefix = u16::try_from(message.len()).ok()?.to_be_bytes();
    let length = padded_length(message.len());
    // At full capacity from the start: a buffer that grows leaves copies that nobody wipes.
    let mut padded = Zeroizing::new(Vec::with_capacity(length));
    padded.extend_from_slice(&prefix);
    padded.extend_from_slice(message);
    padded.resize(length, 0);
    Some(padded)
}

/// Takes the message out; nothing when the padding is not zero or not the shortest.
pub(super) fn unpad(padded: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (prefix, rest) = padded.split_first_chunk::<PREFIX>()?;
    let length = usize::from(u16::from_be_bytes(*prefix));
    let (message, zeros) = rest.split_at_checked(length)?;
    let shortest = padded_length(length) == padded.len();
    let well_formed = length <= MAX_SECRET_LENGTH && shortest && zeros.iter().all(|byte| *byte == 0);
    well_formed.then(|| Zeroizing::new(message.to_vec()))
}

const fn padded_length(length: usize) -> usize {
    length.saturating_add(PREFIX).next_multiple_of(BLOCK)
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, MAX_SECRET_LENGTH, pad, unpad};

    #[test]
    fn lengths_inside_one_block_look_the_same() {
        for (length, padded) in [(0, 64), (1, 64), (62, 64), (63, 128), (126, 128), (127, 192), (MAX_SECRET_LENGTH, 16_448)] {
            assert_eq!(pad(&vec![7; length]).unwrap().len(), padded, "{length}");
        }
        assert!(pad(&vec![7; MAX_SECRET_LENGTH + 1]).is_none());
    }

    #[test]
    fn only_the_shortest_zero_padding_is_taken_off() {
        let mut padded = pad(b"secret").unwrap();
        assert_eq!(*unpad(&padded).unwrap(), b"secret");

        let mut longer = padded.to_vec();
        longer.resize(2 * BLOCK, 0);
        assert!(unpad(&longer).is_none(), "a whole block too many");

        for place in 8..BLOCK {
            padded[place] = 1;
            assert!(unpad(&padded).is_none(), "byte {place} is not zero");
            padded[place] = 0;
        }
    }

    #[test]
    fn a_length_beyond_the_buffer_is_refused() {
        for length in [63_u16, 64, 16_385, u16::MAX] {
            let mut padded = vec![0; BLOCK];
            padded[..2].copy_from_slice(&length.to_be_bytes());
            assert!(unpad(&padded).is_none(), "{length}");
        }
        assert!(unpad(&[]).is_none());
        assert!(unpad(&[0]).is_none());
    }
}
