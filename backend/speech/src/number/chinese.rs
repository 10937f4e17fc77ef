//! Cardinals of Chinese, which counts in ten thousands.

use super::Agreement;
use crate::table::{HUNDREDS, N, Phrase, THOUSANDS, of_number, phrase};

const GROUP: u64 = 10_000;

pub(super) fn cardinal(value: u64, agreement: Agreement) -> Vec<Phrase> {
    match value {
        0 => return vec![phrase::N_0],
        2 if agreement != Agreement::None => return vec![phrase::N_2_LIANG],
        _ => {}
    }
    let groups = [
        (value / GROUP / GROUP, Some(phrase::HUNDRED_MILLION)),
        (value / GROUP % GROUP, Some(phrase::TEN_THOUSAND)),
        (value % GROUP, None),
    ];
    let mut said = Vec::new();
    let mut passed_over = false;
    for (group, unit) in groups {
        if group == 0 {
            passed_over = true;
            continue;
        }
        let follows = !said.is_empty();
        if follows && (passed_over || group < 1_000) {
            said.push(phrase::N_0);
        }
        if group == 2 && unit.is_some() {
            said.push(phrase::N_2_LIANG);
        } else {
            below_group(group, follows, &mut said);
        }
        said.extend(unit);
        passed_over = false;
    }
    said
}

/// 1 to 9999; `follows` when something larger was said before.
fn below_group(value: u64, follows: bool, said: &mut Vec<Phrase>) {
    let (thousands, hundreds, rest) = (value / 1_000, value / 100 % 10, value % 100);
    said.extend(of_number(THOUSANDS, thousands));
    said.extend(of_number(HUNDREDS, hundreds));
    if rest == 0 {
        return;
    }
    let zero = if hundreds > 0 { rest < 10 } else { thousands > 0 };
    if zero {
        said.push(phrase::N_0);
    }
    if (10..20).contains(&rest) && (follows || value > rest) {
        said.push(phrase::N_1);
    }
    said.extend(of_number(N, rest));
}
