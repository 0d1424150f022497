//! Numbers as every table writes them: exact, from integers, never through a float.

/// Appends a whole number; `write!` takes four times as long, and a large run writes tens of millions.
pub(super) fn push_whole(out: &mut Vec<u8>, mut n: u64) {
    let mut digits = [0_u8; 20];
    let mut from = digits.len();
    loop {
        from -= 1;
        digits[from] = b'0' + (n % 10) as u8;
        n /= 10;
        if n == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[from..]);
}

/// Appends thousandths with all three decimals: `83.250`.
pub(super) fn push_milli(out: &mut Vec<u8>, milli: u64) {
    push_whole(out, milli / 1000);
    let rest = (milli % 1000) as u16;
    out.extend_from_slice(&[b'.', digit(rest / 100), digit(rest / 10), digit(rest)]);
}

/// Appends millionths with all six decimals: `12.500000`.
pub(super) fn push_micro(out: &mut Vec<u8>, micro: u64) {
    push_whole(out, micro / 1_000_000);
    let rest = micro % 1_000_000;
    let (high, low) = ((rest / 1000) as u16, (rest % 1000) as u16);
    let digits = [high / 100, high / 10, high, low / 100, low / 10, low].map(digit);
    out.push(b'.');
    out.extend_from_slice(&digits);
}

/// Appends CPU units as vCPUs: up to three decimals, as few as needed. 1024 units are one vCPU.
pub(super) fn push_vcpu(out: &mut Vec<u8>, units: u64) {
    let milli = (u128::from(units) * 1000 + 512) / 1024;
    push_milli(out, u64::try_from(milli).unwrap_or(u64::MAX));
    while out.last() == Some(&b'0') {
        out.pop();
    }
    if out.last() == Some(&b'.') {
        out.pop();
    }
}

/// Thousandths with three decimals: `83.250`.
pub(super) fn milli(milli: u128) -> String {
    format!("{}.{:03}", milli / 1000, milli % 1000)
}

/// Billionths of a dollar as dollars with six decimals; half a millionth rounds up.
pub(super) fn dollars(nanos: u128) -> String {
    let micros = nanos.saturating_add(500) / 1000;
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

/// Billionths of a dollar as dollars and cents, for people; half a cent rounds up.
pub(super) fn cents(nanos: u128) -> String {
    let cents = nanos.saturating_add(5_000_000) / 10_000_000;
    format!("${}.{:02}", grouped(cents / 100), cents % 100)
}

/// A whole number for people: `5,000`.
pub(super) fn grouped(n: u128) -> String {
    let plain = n.to_string();
    let mut out = String::with_capacity(plain.len() + plain.len() / 3);
    for (i, c) in plain.chars().enumerate() {
        if i > 0 && (plain.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

fn digit(n: u16) -> u8 {
    b'0' + (n % 10) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pushed(push: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        push(&mut out);
        String::from_utf8(out).expect("digits")
    }

    #[test]
    fn numbers_are_written_exactly() {
        for n in [0, 7, 10, 999, 1000, u64::MAX] {
            assert_eq!(pushed(|out| push_whole(out, n)), n.to_string());
        }
        assert_eq!(pushed(|out| push_milli(out, 83_250)), "83.250");
        assert_eq!(pushed(|out| push_milli(out, 7)), "0.007");
        assert_eq!(pushed(|out| push_micro(out, 12_500_000)), "12.500000");
        assert_eq!(pushed(|out| push_micro(out, 1_020_304)), "1.020304");
        assert_eq!(milli(604_800_000), "604800.000");
    }

    #[test]
    fn vcpus_have_as_few_decimals_as_they_need() {
        for (units, vcpus) in
            [(147_456, "144"), (256, "0.25"), (0, "0"), (1, "0.001"), (128, "0.125"), (10_240, "10")]
        {
            assert_eq!(pushed(|out| push_vcpu(out, units)), vcpus);
        }
    }

    #[test]
    fn money_rounds_half_up() {
        assert_eq!(dollars(5_647_778), "0.005648");
        assert_eq!(dollars(500), "0.000001");
        assert_eq!(dollars(12_500_000_000), "12.500000");
        assert_eq!(cents(1_234_565_000_000), "$1,234.57");
        assert_eq!(grouped(5_000), "5,000");
        assert_eq!(grouped(100), "100");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }
}
