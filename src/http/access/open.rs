//! The policies of what is open to all, in degrees.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use bugle_actors::ProjectEntry;
use bugle_storage::AddressHash;
use bugle_storage::records::ReportKind;

use super::policies::existing_project;
use super::{Needs, Policy, Principal, Reach, Reporting};
use crate::http::error::ApiError;
use crate::http::state::AppState;

/// Anybody; nobody looks who it is.
pub struct Anybody;

impl Policy for Anybody {
    type Pass = ();

    const NEEDS: Needs = Needs::Nothing;

    fn admit(_: &HttpRequest, _: &AppState) -> Result<(), ApiError> {
        Ok(())
    }
}

/// Whoever it is, and nobody in particular too; but credentials that are shown must be good.
pub struct AnyPrincipal;

/// The pass of whoever it is.
pub struct Anyone {
    /// Who.
    pub principal: Principal,
    /// How far they reach.
    pub reach: Reach,
}

impl Policy for AnyPrincipal {
    type Pass = Anyone;

    const NEEDS: Needs = Needs::ByMethod;
    const KEEPS_TO_PROJECTS: bool = true;

    fn admit(request: &HttpRequest, state: &AppState) -> Result<Anyone, ApiError> {
        Ok(Anyone {
            principal: Principal::of(request, state)?,
            reach: Reach::of(request),
        })
    }
}

/// Anybody, with what their credentials are worth, for a handler whose answer says just that.
pub struct Introduced;

impl Policy for Introduced {
    type Pass = Result<Principal, ApiError>;

    const NEEDS: Needs = Needs::Nothing;

    fn admit(request: &HttpRequest, state: &AppState) -> Result<Self::Pass, ApiError> {
        Ok(Principal::of(request, state))
    }
}

/// Anybody, in a project that takes reports from anybody. For others it is as if the page were not there.
pub struct PublicReporter;

/// The pass of anybody who may report.
pub struct OpenProject {
    /// The project.
    pub project: Arc<ProjectEntry>,
    address: AddressHash,
}

impl OpenProject {
    /// The terms of a report of this kind: the same as those of `FormUser anonymous`.
    pub fn reporting(&self, kind: ReportKind) -> Reporting {
        Reporting::by_anybody(kind, Arc::clone(&self.project), self.address)
    }
}

/// Whoever asks for that project's form, and everybody else: the page says where there is none, alike for a project that
/// takes no such reports and for one that is not there.
pub struct FormVisitor;

impl Policy for FormVisitor {
    type Pass = Option<OpenProject>;

    const NEEDS: Needs = Needs::Nothing;

    fn admit(request: &HttpRequest, state: &AppState) -> Result<Self::Pass, ApiError> {
        match PublicReporter::admit(request, state) {
            Ok(open) => Ok(Some(open)),
            Err(error) if error.status() == StatusCode::NOT_FOUND => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Policy for PublicReporter {
    type Pass = OpenProject;

    const NEEDS: Needs = Needs::Nothing;

    fn admit(request: &HttpRequest, state: &AppState) -> Result<OpenProject, ApiError> {
        let project = existing_project(request, state)?;
        if !project.project.anonymous_reports {
            return Err(ApiError::not_found());
        }
        Ok(OpenProject {
            project,
            address: state.address(request),
        })
    }
}
