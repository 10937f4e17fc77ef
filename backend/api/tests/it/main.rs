//! The API over HTTP, as its clients see it, on SQLite and on PostgreSQL.

mod acting;
mod app;
mod csv;
mod description;
mod garbage;
mod live;
mod phone;
mod portal;
mod session;
mod sign_in;
mod spa;
mod stranger;
mod tenant;
mod world;
