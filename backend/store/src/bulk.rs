//! Many rows by one statement whose text is always the same, so that no engine reads it twice: the rows are one value, a JSON
//! array of arrays. For what is written with every call and every new device.

use sea_orm::sea_query::{
    Alias, ColumnType, Expr, ExprTrait as _, Func, InsertStatement, OnConflict, Query, SelectStatement,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, DbBackend, EntityName, EntityTrait, Iterable, Value,
};

use crate::connect::Writing;
use crate::text::json;
use crate::{Error, Result};

type ColumnOf<A> = <<A as ActiveModelTrait>::Entity as EntityTrait>::Column;

/// Inserts the rows, or does what `conflict` says with those that are there. All of them set the same columns.
pub(crate) async fn insert<A>(tx: &Writing, rows: &[A], conflict: OnConflict) -> Result<()>
where
    A: ActiveModelTrait,
    A::Entity: Default,
{
    let Some(first) = rows.first() else { return Ok(()) };
    let columns: Vec<ColumnOf<A>> = ColumnOf::<A>::iter().filter(|column| first.get(*column).is_set()).collect();
    let values = values(rows, &columns)?;
    let statement = statement::<A>(&columns, values, conflict, tx.get_database_backend())?;
    tx.execute(&statement).await?;
    Ok(())
}

/// `[[1,"a"],[2,null]]`.
fn values<A: ActiveModelTrait>(rows: &[A], columns: &[ColumnOf<A>]) -> Result<String> {
    let mut text = String::from("[");
    for (number, row) in rows.iter().enumerate() {
        text.push_str(if number == 0 { "[" } else { ",[" });
        for (number, column) in columns.iter().enumerate() {
            if number > 0 {
                text.push(',');
            }
            let (ActiveValue::Set(value) | ActiveValue::Unchanged(value)) = row.get(*column) else {
                return Err(Error::Row("a row that does not set what the others set".into()));
            };
            text.push_str(&element(&value)?);
        }
        text.push(']');
    }
    text.push(']');
    Ok(text)
}

fn element(value: &Value) -> Result<String> {
    match value {
        Value::Bool(value) => json(value),
        Value::Int(value) => json(value),
        Value::BigInt(value) => json(value),
        Value::Double(value) => json(value),
        Value::String(value) => json(value),
        other => Err(Error::Row(format!("a value of a kind that is not written in bulk: {other:?}"))),
    }
}

fn statement<A>(
    columns: &[ColumnOf<A>],
    values: String,
    conflict: OnConflict,
    engine: DbBackend,
) -> Result<InsertStatement>
where
    A: ActiveModelTrait,
    A::Entity: Default,
{
    let mut select = SelectStatement::new();
    for (place, column) in columns.iter().enumerate() {
        select.expr(Expr::cust(match engine {
            DbBackend::Postgres => format!("(r.value ->> {place})::{}", postgres_type(column)?),
            _ => format!("r.value ->> {place}"),
        }));
    }
    let rows = match engine {
        DbBackend::Postgres => Func::cust("jsonb_array_elements").arg(Expr::val(values).cast_as("jsonb")),
        _ => Func::cust("json_each").arg(Expr::val(values)),
    };
    // Without a condition SQLite would take the ON of ON CONFLICT for that of a join.
    select.from_function(rows, Alias::new("r")).and_where(Expr::cust("TRUE"));
    let mut insert = Query::insert();
    insert.into_table(A::Entity::default().table_ref()).columns(columns.iter().copied()).on_conflict(conflict);
    insert.select_from(select).map_err(|error| Error::Row(error.to_string()))?;
    Ok(insert)
}

fn postgres_type<C: ColumnTrait>(column: &C) -> Result<&'static str> {
    match column.def().get_column_type() {
        ColumnType::BigInteger => Ok("bigint"),
        ColumnType::Integer => Ok("integer"),
        ColumnType::Boolean => Ok("boolean"),
        ColumnType::Double => Ok("double precision"),
        ColumnType::String(_) | ColumnType::Text => Ok("text"),
        other => Err(Error::Row(format!("a column of a type that is not written in bulk: {other:?}"))),
    }
}
