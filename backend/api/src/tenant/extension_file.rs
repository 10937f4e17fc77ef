//! Many extensions at once: a row of numbers, a file in, a file out (EXT-01, EXT-19).

use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use shared::extension::{CreateExtensions, ExportExtensions, ExtensionsCreated, ImportExtensions};
use shared::operation::File;

use crate::answer::{Answer, CSV};
use crate::caller::TenantAdmin;
use crate::csv_file::BYTE_ORDER_MARK;
use crate::error::Result;

pub(crate) async fn create(caller: TenantAdmin, operation: CreateExtensions) -> Result<ExtensionsCreated> {
    Ok(caller.store.create_extensions(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn import(caller: TenantAdmin, operation: ImportExtensions) -> Result<ExtensionsCreated> {
    Ok(caller.store.import_extensions(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn export(caller: TenantAdmin, operation: ExportExtensions) -> Result<Answer<File>> {
    Ok(answer(caller.store.export_extensions(&operation).await?))
}

/// A CSV file as a download that spreadsheets read as UTF-8.
pub(super) fn answer(file: File) -> Answer<File> {
    let text = match file.text.starts_with(BYTE_ORDER_MARK) {
        true => file.text,
        false => format!("{BYTE_ORDER_MARK}{}", file.text),
    };
    let pieces = stream::once(async { Ok(Bytes::from(text)) });
    Answer::File { kind: CSV, name: file.name, pieces: pieces.boxed() }
}
