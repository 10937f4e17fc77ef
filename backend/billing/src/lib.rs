//! Pure money: what a call costs.
//!
//! Map: [`rating`] turns a duration and a rate into an amount. It reads no clock and no database, and uses integers only:
//! amounts are [`shared::Money`], millionths of the currency.

pub mod rating;
