//! Pages by cursor: the rows after the last one seen, by sort key and then by id, so that equal keys neither repeat nor
//! hide a row.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoSimpleExpr, Order, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Select,
};
use serde::{Deserialize, Serialize};
use shared::Page;
use shared::page::{Direction, PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX};

use crate::text::fold;
use crate::{Error, Result};

/// The most characters of a search that are looked at.
const SEARCH_CHARACTERS_MAX: usize = 128;
/// Escapes what `LIKE` would take for a pattern.
const LIKE_ESCAPE: char = '!';

/// The value of a sort column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Key {
    Number(i64),
    Text(String),
}

/// How a list is sorted: a name for the cursor, the column, the direction, the tie-breaking id, which may be another table's than the column.
pub(crate) struct Sort<C, I = C> {
    pub(crate) name: &'static str,
    pub(crate) column: C,
    pub(crate) id: I,
    pub(crate) direction: Direction,
}

/// What the caller asked for.
pub(crate) struct Wanted<'a> {
    pub(crate) cursor: Option<&'a str>,
    pub(crate) limit: Option<u32>,
}

#[derive(Serialize, Deserialize)]
struct Cursor(String, Key, i64);

impl<C: ColumnTrait, I: ColumnTrait> Sort<C, I> {
    /// Sorts, and begins after the cursor.
    pub(crate) fn apply<E: EntityTrait>(&self, select: Select<E>, cursor: Option<&str>) -> Result<Select<E>> {
        let order = match self.direction {
            Direction::Ascending => Order::Asc,
            Direction::Descending => Order::Desc,
        };
        let sorted = select.order_by(self.column, order.clone()).order_by(self.id, order);
        let Some(cursor) = cursor else { return Ok(sorted) };
        let (key, id) = self.read(cursor)?;
        let value: sea_orm::Value = match key {
            Key::Number(number) => number.into(),
            Key::Text(text) => text.into(),
        };
        let (beyond, tie) = match self.direction {
            Direction::Ascending => (self.column.gt(value.clone()), self.id.gt(id)),
            Direction::Descending => (self.column.lt(value.clone()), self.id.lt(id)),
        };
        Ok(sorted.filter(Condition::any().add(beyond).add(Condition::all().add(self.column.eq(value)).add(tie))))
    }

    /// The cursor that continues after a row.
    pub(crate) fn cursor(&self, key: Key, id: i64) -> Result<String> {
        Ok(URL_SAFE_NO_PAD.encode(crate::text::json(&Cursor(self.name.to_owned(), key, id))?))
    }

    fn read(&self, cursor: &str) -> Result<(Key, i64)> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
        match bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
            Some(Cursor(name, key, id)) if name == self.name => Ok((key, id)),
            _ => Err(Error::field("cursor", "The list is sorted otherwise; begin again at its first page.")),
        }
    }
}

/// One page of a list and how many rows there are in all. `key` tells a row's sort key and id.
pub(crate) async fn page<E, D>(
    db: &D,
    select: Select<E>,
    sort: &Sort<E::Column>,
    wanted: Wanted<'_>,
    key: impl Fn(&E::Model) -> (Key, i64),
) -> Result<Page<E::Model>>
where
    E: EntityTrait,
    E::Model: Sync,
    D: ConnectionTrait,
{
    let rows_max = wanted.limit.unwrap_or(PAGE_ROWS_DEFAULT).clamp(1, PAGE_ROWS_MAX) as usize;
    let total = select.clone().count(db).await?;
    let (rows, next) = slice(db, select, sort, wanted.cursor, rows_max, key).await?;
    Ok(Page { rows, next, total })
}

/// At most `rows_max` rows after the cursor, and the cursor after them where there are more.
pub(crate) async fn slice<E, D>(
    db: &D,
    select: Select<E>,
    sort: &Sort<E::Column>,
    cursor: Option<&str>,
    rows_max: usize,
    key: impl Fn(&E::Model) -> (Key, i64),
) -> Result<(Vec<E::Model>, Option<String>)>
where
    E: EntityTrait,
    D: ConnectionTrait,
{
    // One row more than asked for tells whether there is a next page.
    let mut rows = sort.apply(select, cursor)?.limit(rows_max as u64 + 1).all(db).await?;
    let more = rows.len() > rows_max;
    rows.truncate(rows_max);
    let next = match rows.last() {
        Some(last) if more => {
            let (key, id) = key(last);
            Some(sort.cursor(key, id)?)
        }
        _ => None,
    };
    Ok((rows, next))
}

/// Does the folded `column` contain the text, whatever its case? `None` where nothing is searched.
pub(crate) fn contains(column: impl IntoSimpleExpr, search: Option<&str>) -> Option<Expr> {
    let text: String = fold(search?).chars().filter(|c| !c.is_control()).take(SEARCH_CHARACTERS_MAX).collect();
    if text.is_empty() {
        return None;
    }
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | LIKE_ESCAPE) {
            pattern.push(LIKE_ESCAPE);
        }
        pattern.push(c);
    }
    pattern.push('%');
    Some(column.into_simple_expr().like(LikeExpr::new(pattern).escape(LIKE_ESCAPE)))
}

/// Rows turned into nouns, the page around them kept.
pub(crate) fn try_map<T, U>(page: Page<T>, map: impl FnMut(T) -> Result<U>) -> Result<Page<U>> {
    let Page { rows, next, total } = page;
    Ok(Page { rows: rows.into_iter().map(map).collect::<Result<_>>()?, next, total })
}
