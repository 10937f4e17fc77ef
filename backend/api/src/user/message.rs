//! What people write to each other (MSG-02).

use shared::Page;
use shared::message::{Conversation, ListConversations, ListMessages, Message, ReadConversation, SendMessage};

use crate::caller::User;
use crate::error::{Error, Result};

pub(crate) async fn list_conversations(caller: User, operation: ListConversations) -> Result<Page<Conversation>> {
    Ok(caller.store.list_conversations(caller.extension, &operation).await?)
}

pub(crate) async fn list(caller: User, operation: ListMessages) -> Result<Page<Message>> {
    Ok(caller.store.list_messages(caller.extension, &operation).await?)
}

/// Hands the message to the switch, which stores it and brings it to the receiver's devices.
pub(crate) async fn send(caller: User, operation: SendMessage) -> Result<Message> {
    Error::check(operation.check())?;
    // Whoever is not there is not found, in the words of every other operation.
    let SendMessage { extension_id, text } = operation;
    caller.store.find_peer(extension_id).await?;
    let sent = caller.app.door.send_message(caller.store.tenant_id(), caller.extension, extension_id, text).await?;
    sent.map_err(Error::MessageRefused)
}

pub(crate) async fn read(caller: User, operation: ReadConversation) -> Result<()> {
    Ok(caller.store.read_conversation(caller.now, caller.extension, &operation).await?)
}
