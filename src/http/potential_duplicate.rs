//! `potential_duplicate` of an issue that is shown (protocol 4): the one that it may be the same as.

use bugle_actors::{Collection, FoundIssue, Like, ReportReference};
use bugle_storage::records::{Issue, ReportKind};
use bugle_storage::{ProjectId, RecordId};

use super::issues;
use super::state::AppState;

/// From which similarity on an issue is thought to be the same.
const SIMILARITY_MIN: f32 = 0.75;

/// What somebody has marked as its original, or else the most similar open issue that came before it. An issue whose work
/// is over needs none. Where there is no telling, because the search is not ready, there is none.
pub async fn find(found: &FoundIssue, project: ProjectId, state: &AppState) -> Option<Box<Issue>> {
    let id = match found.links.duplicate_of {
        Some(original) => original,
        None if found.issue.status.is_settled() => return None,
        None => most_similar(&found.issue, project, state).await?,
    };
    let other = issues::find_published(state, project, ReportReference::issue(id), false).await;
    other.ok().map(|other| other.issue)
}

async fn most_similar(issue: &Issue, project: ProjectId, state: &AppState) -> Option<RecordId> {
    let like = Like {
        except: None,
        before: Some(issue.id),
        title: issue.title.clone(),
        text: issue.description.clone(),
        with_settled: false,
        limit: 1,
    };
    let kind = ReportKind::Bug;
    let search = state.actors.search().ok()?;
    let similar = search.similar(Collection { kind, project }, like).await.ok()?;
    let closest = similar.first()?;
    (closest.similarity >= SIMILARITY_MIN).then_some(closest.id)
}
