//! What answers are taken, and what no input does.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::*;
use crate::mysql::wire::column::tests::definition;

const OK: &[u8] = &[0, 0, 0, 2, 0, 0, 0];
const OK_MORE: &[u8] = &[0, 0, 0, 10, 0, 0, 0];
const END: &[u8] = &[0xfe, 0, 0, 2, 0, 0, 0];
const EOF: &[u8] = &[0xfe, 0, 0, 2, 0];

fn answer(first: u8, statements: u32, deprecate_eof: bool) -> Answer {
    let Command::Answered(kind) = Command::of(first) else { panic!("{first} has no answer") };
    let bits = if deprecate_eof { Capabilities::DEPRECATE_EOF.bits() } else { 0 };
    Answer::new(kind, statements, Capabilities::from_bits(bits))
}

fn take_all(mut answer: Answer, packets: &[&[u8]]) -> Result<bool, Rule> {
    for packet in packets {
        answer.take(packet).map_err(|violation| violation.rule)?;
    }
    Ok(answer.is_done())
}

#[test]
fn results_are_taken_to_their_end() {
    let column = definition(0xfd);
    let row: &[u8] = b"\x01a";
    assert_eq!(take_all(answer(QUERY, 1, true), &[OK]), Ok(true));
    assert_eq!(take_all(answer(QUERY, 1, true), &[&[1], &column, row, row, END]), Ok(true));
    assert_eq!(take_all(answer(QUERY, 1, false), &[&[1], &column, EOF, row, EOF]), Ok(true));
    assert_eq!(take_all(answer(QUERY, 2, true), &[OK_MORE, &[1], &column, row]), Ok(false));
    assert_eq!(take_all(answer(QUERY, 2, true), &[OK_MORE, &[1], &column, row, END]), Ok(true));
    assert_eq!(take_all(answer(EXECUTE, 1, true), &[&[1], &column, b"\0\0\x01a", END]), Ok(true));
    assert_eq!(take_all(answer(PING, 1, true), &[OK]), Ok(true));
    let prepared: &[u8] = &[0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0];
    assert_eq!(take_all(answer(PREPARE, 1, true), &[prepared, &column, &column]), Ok(true));
    assert_eq!(take_all(answer(PREPARE, 1, false), &[prepared, &column, EOF, &column, EOF]), Ok(true));
    assert_eq!(take_all(answer(PREPARE, 1, true), &[&[0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]), Ok(true));
}

#[test]
fn an_error_ends_an_answer_anywhere() {
    let error: &[u8] = b"\xff\x19\x04#42000no";
    let column = definition(0xfd);
    for before in [&[][..], &[&[1][..]], &[&[1][..], &column], &[&[1][..], &column, b"\x01a"]] {
        let packets: Vec<&[u8]> = before.iter().copied().chain([error]).collect();
        assert_eq!(take_all(answer(QUERY, 1, true), &packets), Ok(true));
    }
}

#[test]
fn what_would_not_end_is_refused() {
    assert_eq!(take_all(answer(QUERY, 2, true), &[OK_MORE, OK_MORE, OK_MORE]), Err(Rule::TooManyResults(2)));
    let huge = [0xfe, 0, 0, 0, 0, 2, 0, 0, 0];
    assert_eq!(take_all(answer(QUERY, 1, true), &[&huge]), Err(Rule::ColumnCount(1 << 33)));
    assert_eq!(take_all(answer(QUERY, 1, true), &[&[0xfc, 1, 16]]), Err(Rule::ColumnCount(4097)));
    assert_eq!(take_all(answer(QUERY, 1, true), &[b"\xfb/etc/passwd"]), Err(Rule::LocalFile));
    assert_eq!(take_all(answer(QUERY, 1, true), &[OK, OK]), Err(Rule::FirstByte(0)));
    let mut long = answer(QUERY, 1, true);
    let mut row = vec![0xfd, 0, 0, 0x80];
    row.resize(4 + (0x80 << 16), b'x');
    long.take(&[1]).unwrap();
    long.take(&definition(0xfd)).unwrap();
    let refused = std::iter::repeat_with(|| long.take(&row)).take(9).find_map(Result::err).unwrap();
    assert_eq!(refused.rule, Rule::AnswerTooLong(LONGEST_ANSWER));
}

fn packets() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let genuine = prop_oneof![
        Just(OK.to_vec()),
        Just(OK_MORE.to_vec()),
        Just(END.to_vec()),
        Just(EOF.to_vec()),
        (1u8..4).prop_map(|columns| vec![columns]),
        any::<u8>().prop_map(definition),
        Just(b"\x01a\x02bc".to_vec()),
        Just(b"\0\0\x01a\x02bc\x08abcdefgh".to_vec()),
        Just(vec![0, 1, 0, 0, 0, 2, 0, 1, 0, 0, 0, 0]),
        Just(b"\xff\x19\x04#42000no".to_vec()),
    ];
    let changed = (genuine, any::<proptest::sample::Index>(), any::<Option<u8>>(), any::<bool>()).prop_map(
        |(mut packet, at, byte, is_cut)| {
            let at = at.index(packet.len());
            if let Some(byte) = byte {
                packet[at] = byte;
            }
            if is_cut {
                packet.truncate(at);
            }
            packet
        },
    );
    proptest::collection::vec(prop_oneof![3 => changed, 1 => proptest::collection::vec(any::<u8>(), 0..64)], 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_packets_end_the_guard(
        packets in packets(),
        command in prop_oneof![Just(QUERY), Just(PREPARE), Just(EXECUTE), Just(PING)],
        deprecate_eof in any::<bool>(),
    ) {
        let mut answer = answer(command, 3, deprecate_eof);
        let mut left = VecDeque::from(packets);
        while let Some(packet) = left.pop_front() {
            let was_done = answer.is_done();
            match answer.take(&packet) {
                Ok(_) => prop_assert!(!was_done || Answer::is_error(&packet)),
                Err(violation) => {
                    prop_assert_eq!(violation.length, packet.len());
                    break;
                }
            }
        }
    }
}
