//! The object storage of recordings (REC-08).

use shared::object_storage::{
    GetObjectStorage, ObjectStorage, ObjectStorageTest, TestObjectStorage, UpdateObjectStorage,
};

use crate::caller::Admin;
use crate::error::{Error, Result};

/// Tests under way at once: each may wait for a server that says nothing.
pub(crate) const TESTS_MAX: usize = 2;

pub(crate) async fn get(caller: Admin, _: GetObjectStorage) -> Result<ObjectStorage> {
    Ok(caller.store.get_object_storage().await?)
}

pub(crate) async fn update(caller: Admin, operation: UpdateObjectStorage) -> Result<ObjectStorage> {
    Ok(caller.store.update_object_storage(caller.now, &caller.actor, &operation).await?)
}

/// Writes, reads and removes a small object, and notes what came of it.
pub(crate) async fn test(caller: Admin, operation: TestObjectStorage) -> Result<ObjectStorageTest> {
    let storage = caller.store.object_storage_to_test(&operation.form).await?;
    let _seat = caller.app.object_storage_tests.try_acquire().map_err(|_| Error::Busy)?;
    let failure = caller.store.test_object_storage(&storage).await.err();
    let became = if failure.is_none() { "works" } else { "fails" };
    let subject = format!("object storage {}/{}: {became}", storage.endpoint, storage.bucket);
    caller.app.store.note_done(caller.now, &caller.actor, None, "TestObjectStorage", &subject).await?;
    Ok(ObjectStorageTest { failure })
}
