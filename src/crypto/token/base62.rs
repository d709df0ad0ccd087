//! Base62, digits first, then capitals, then small letters: the order of ASCII, so that texts of one length sort as their numbers.

use zeroize::Zeroizing;

use crate::domain::random::{Random, RandomError};

/// The digits of a 256-bit number.
pub(super) const NUMBER_LENGTH: usize = 43;
/// The digits of a 32-bit checksum.
pub(super) const CHECKSUM_LENGTH: usize = 6;
/// The digits of 2²⁵⁶ − 1: 43 digits could write a little more than 256 bits.
const LARGEST_NUMBER: &[u8; NUMBER_LENGTH] = b"yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1";
/// The largest multiple of 62 in a byte: what lies above would favour the first digits.
const FAIR: u8 = 248;
/// So many bytes are drawn at once that twelve of them are fair but for a chance below 10⁻⁶⁰.
const DRAWN: usize = 64;

/// Writes a 256-bit big-endian number in 43 digits.
pub(super) fn encode_number(number: &[u8; 32]) -> Zeroizing<[u8; NUMBER_LENGTH]> {
    let mut rest = Zeroizing::new(*number);
    let mut digits = Zeroizing::new([b'0'; NUMBER_LENGTH]);
    for place in digits.iter_mut().rev() {
        *place = digit(divide_by_62(&mut rest));
    }
    digits
}

/// Writes a checksum in six digits.
pub(super) fn encode_checksum(checksum: u32) -> [u8; CHECKSUM_LENGTH] {
    let mut rest = checksum;
    let mut digits = [b'0'; CHECKSUM_LENGTH];
    for place in digits.iter_mut().rev() {
        let [.., low] = (rest % 62).to_be_bytes();
        *place = digit(low);
        rest /= 62;
    }
    digits
}

/// Draws twelve characters, each of the 62 as likely as any other.
pub(super) fn draw_twelve(random: &dyn Random) -> Result<[u8; 12], RandomError> {
    let mut bytes = [0; DRAWN];
    random.fill(&mut bytes)?;
    let mut fair = bytes.iter().filter(|byte| **byte < FAIR).map(|byte| digit(byte % 62));
    let mut characters = [b'0'; 12];
    for place in &mut characters {
        // Too few fair bytes tell of a broken source, not of bad luck.
        *place = fair.next().ok_or(RandomError)?;
    }
    Ok(characters)
}

/// Says whether every character is a digit of base62.
pub(super) fn is_base62(characters: &[u8]) -> bool {
    characters.iter().all(u8::is_ascii_alphanumeric)
}

/// Says whether the characters write a 256-bit number as [`encode_number`] does.
pub(super) fn is_number(characters: &[u8]) -> bool {
    characters.len() == NUMBER_LENGTH && is_base62(characters) && characters <= LARGEST_NUMBER.as_slice()
}

const fn digit(value: u8) -> u8 {
    match value {
        0..=9 => b'0' + value,
        10..=35 => b'A' + (value - 10),
        _ => b'a' + (value - 36),
    }
}

/// Divides a big-endian number by 62 in place and returns the remainder.
fn divide_by_62(number: &mut [u8; 32]) -> u8 {
    let mut remainder = 0_u8;
    for byte in number.iter_mut() {
        let current = u16::from_be_bytes([remainder, *byte]);
        [_, *byte] = (current / 62).to_be_bytes();
        [_, remainder] = (current % 62).to_be_bytes();
    }
    remainder
}

#[cfg(test)]
mod tests {
    use super::{FAIR, LARGEST_NUMBER, NUMBER_LENGTH, draw_twelve, encode_checksum, encode_number, is_number};
    use crate::crypto::chance::{FailingRandom, FixedRandom, SeededRandom};

    #[test]
    fn the_largest_number_is_the_last_one_accepted() {
        assert_eq!(*encode_number(&[0xff; 32]), *LARGEST_NUMBER);
        assert!(is_number(LARGEST_NUMBER));
        let mut beyond = *LARGEST_NUMBER;
        beyond[NUMBER_LENGTH - 1] += 1;
        assert!(!is_number(&beyond), "2^256");
        assert!(!is_number(&[b'z'; NUMBER_LENGTH]));
    }

    #[test]
    fn small_numbers_keep_their_leading_zeros() {
        let mut number = [0; 32];
        assert_eq!(*encode_number(&number), [b'0'; NUMBER_LENGTH]);
        number[31] = 62;
        assert!(encode_number(&number).ends_with(b"0010"));
        assert_eq!(encode_checksum(0), *b"000000");
        assert_eq!(encode_checksum(u32::MAX), *b"4gfFC3");
    }

    #[test]
    fn unfair_bytes_are_thrown_away() {
        let mut bytes = vec![0xff; 64];
        bytes[50..62].copy_from_slice(&[0, 9, 10, 35, 36, 61, 62, 123, 124, FAIR - 1, FAIR, FAIR + 1]);
        bytes[62..].copy_from_slice(&[1, 2]);
        assert_eq!(draw_twelve(&FixedRandom::new(&bytes)).unwrap(), *b"09AZaz0z0z12");
    }

    #[test]
    fn every_character_is_drawn_about_equally_often() {
        let random = SeededRandom::new(7);
        let mut counts = [0_u32; 256];
        for _ in 0..3_100 {
            for character in draw_twelve(&random).unwrap() {
                counts[usize::from(character)] += 1;
            }
        }
        // 600 are expected of each; five standard deviations are 123.
        assert!(counts.iter().filter(|count| **count > 0).count() == 62);
        assert!(counts.iter().all(|count| *count == 0 || (477..=723).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_broken_source_is_an_error() {
        assert!(draw_twelve(&FailingRandom).is_err());
        assert!(draw_twelve(&FixedRandom::new(&[0xff; 4_096])).is_err());
    }
}
