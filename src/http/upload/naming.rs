//! Files get their names in the moment in which a record that names them is asked for, and lose them when it is refused.

use std::future::Future;

use actix_web::web;
use bugle_actors::ActorError;
use bugle_storage::{KeptBlob, StorageError};
use tokio::task::spawn_blocking;

use super::{StoredFile, on_the_disk};
use crate::http::error::ApiError;
use crate::http::state::AppState;

/// Names files, and then asks for the record that names them, which is `asking`. What was refused is removed at once,
/// unless somebody else has brought the same bytes. All of it goes on when the client is gone meanwhile: whether there is
/// a record is known only then.
pub async fn named_by<T: 'static>(
    files: Vec<StoredFile>,
    state: &web::Data<AppState>,
    asking: impl Future<Output = Result<T, ActorError>> + 'static,
) -> Result<T, ApiError> {
    if files.is_empty() {
        return asking.await.map_err(|error| state.refusal(error));
    }
    let working = actix_web::rt::spawn(name_and_ask(files, web::Data::clone(state), asking));
    working.await.map_err(ApiError::internal)?
}

async fn name_and_ask<T>(
    files: Vec<StoredFile>,
    state: web::Data<AppState>,
    asking: impl Future<Output = Result<T, ActorError>>,
) -> Result<T, ApiError> {
    // What the files take of their address's share goes with them.
    let (files, arriving): (Vec<_>, Vec<_>) = files.into_iter().map(StoredFile::into_parts).unzip();
    let kept = on_the_disk(&state, move || {
        let mut kept = Vec::with_capacity(files.len());
        for file in files {
            match file.keep() {
                Ok(blob) => kept.push(blob),
                Err(error) => {
                    refuse(kept);
                    return Err(error);
                }
            }
        }
        Ok(kept)
    });
    let kept = kept.await?;
    let outcome = asking.await;
    let is_refused = outcome.as_ref().is_err_and(ActorError::is_refusal);
    // After any other error the record may still come to be stored.
    let told = spawn_blocking(move || if is_refused { refuse(kept) } else { drop(kept) });
    let _ = told.await;
    drop(arriving);
    outcome.map_err(|error| state.refusal(error))
}

fn refuse(kept: Vec<KeptBlob>) {
    for blob in kept {
        blob.refuse();
    }
}

/// Names a file that was noted, and not a record, names from now on.
pub async fn noted_by(
    file: StoredFile,
    state: &AppState,
    note: impl FnOnce(&KeptBlob) -> Result<(), StorageError> + Send + 'static,
) -> Result<(), ApiError> {
    let (file, _arriving) = file.into_parts();
    let noting = on_the_disk(state, move || {
        let kept = file.keep()?;
        let noted = note(&kept);
        if noted.is_err() {
            kept.refuse();
        }
        noted
    });
    noting.await
}
