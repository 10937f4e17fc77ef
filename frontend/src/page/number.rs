//! The inventory of numbers as the provider's and the tenant's pages have it (TRK-08).

use leptos::prelude::*;
use shared::number::NumberBlock;

use crate::ui::card::grouped;
use crate::ui::table::Column;

/// The numbers, and how many they are.
pub fn block() -> Column<NumberBlock> {
    Column::new("Numbers", |row: &NumberBlock| {
        // A range breaks between its ends.
        let ends = row.numbers.split_inclusive('-').map(|end| view! { {end.to_owned()}<wbr /> }).collect_view();
        view! {
            <span class="block font-medium figures" data-testid="numbers" data-numbers=row.numbers.clone()>{ends}</span>
            <span class="cell-sub">{how_many(row.count)}</span>
        }
        .into_any()
    })
}

/// The trunk that brings them.
pub fn trunk() -> Column<NumberBlock> {
    Column::new("Trunk", |row: &NumberBlock| {
        view! { <span class="cell-clip">{row.trunk_name.clone()}</span> }.into_any()
    })
}

/// How many of them lead somewhere, as a figure and drawn; and the next that does not.
pub fn used() -> Column<NumberBlock> {
    Column::new("In use", |row: &NumberBlock| {
        let share = percent(row);
        let free = row.free.clone().map(|free| format!("Next free: {free}"));
        view! {
            <span class="block figures whitespace-nowrap" data-testid="used">{in_use(row)}</span>
            {share.map(|share| view! {
                <span class="meter mt-1 block max-w-32" aria-hidden="true"><i style:width=format!("{share}%")></i></span>
            })}
            {free.map(|free| view! { <span class="cell-sub figures">{free}</span> })}
        }
        .into_any()
    })
    .medium()
}

/// What they lead to: `lead` is a rule in words.
pub fn leads(
    lead: impl Fn(&shared::number::NumberUse) -> AnyView + Send + Sync + Copy + 'static,
) -> Column<NumberBlock> {
    Column::new("Leads to", move |row: &NumberBlock| {
        let more = row.rule_count.saturating_sub(SHOWN as u64);
        let more = (more > 0).then(|| view! { <li class="text-faint">{format!("and {more} more")}</li> });
        match row.rules.is_empty() {
            true => view! { <span class="text-faint">"Nothing yet"</span> }.into_any(),
            false => view! {
                <ul class="grid gap-0.5" data-testid="leads">{row.rules.iter().take(SHOWN).map(lead).collect_view()}{more}</ul>
            }
            .into_any(),
        }
    })
}

/// The rules that a row shows.
const SHOWN: usize = 4;

fn how_many(count: Option<u64>) -> String {
    match count {
        None => "every number of the trunk".to_owned(),
        Some(1) => "one number".to_owned(),
        Some(count) => format!("{} numbers", grouped(count)),
    }
}

fn in_use(row: &NumberBlock) -> String {
    match row.count {
        _ if row.is_for_all => "all".to_owned(),
        None => format!("{} by number", grouped(row.used)),
        Some(count) => format!("{} of {}", grouped(row.used), grouped(count)),
    }
}

fn percent(row: &NumberBlock) -> Option<u64> {
    match row.count {
        _ if row.is_for_all => Some(100),
        Some(count) => Some((row.used.saturating_mul(100)).div_ceil(count.max(1)).min(100)),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use shared::did::Mask;
    use shared::number::NumberUse;
    use shared::{InboundRuleId, TenantId, TrunkId};

    use super::*;

    fn row(count: Option<u64>, used: u64, number: &str) -> NumberBlock {
        let rule = NumberUse {
            inbound_rule_id: InboundRuleId(1),
            name: "Main".into(),
            number: number.into(),
            callers: Mask::default(),
            enabled: true,
            open: shared::destination::Destination::EndCall,
        };
        NumberBlock {
            trunk_id: TrunkId(1),
            trunk_name: "Carrier".into(),
            tenant_id: TenantId(1),
            tenant_name: "Acme".into(),
            numbers: "4420-4429".into(),
            count,
            used,
            is_for_all: number == "*",
            free: None,
            rules: vec![rule],
            rule_count: 1,
        }
    }

    // covers: TRK-08
    #[test]
    fn trk_08_how_much_of_a_block_is_used_is_said_and_drawn() {
        for (row, words, share) in [
            (row(Some(10), 3, "4420"), "3 of 10", Some(30)),
            (row(Some(1_000_000), 1, "4420"), "1 of 1\u{2009}000\u{2009}000", Some(1)),
            (row(Some(1), 1, "4420"), "1 of 1", Some(100)),
            (row(Some(10), 0, "*"), "all", Some(100)),
            (row(None, 2, "4420"), "2 by number", None),
            (row(None, 0, "*"), "all", Some(100)),
        ] {
            assert_eq!((in_use(&row).as_str(), percent(&row)), (words, share));
        }
        assert_eq!(
            [how_many(None), how_many(Some(1)), how_many(Some(10))],
            ["every number of the trunk", "one number", "10 numbers"]
        );
    }
}
