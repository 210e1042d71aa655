//! Who looks at a report, and what of it they are told (protocol 4).

use bugle_actors::{Directory, HiddenValues};
use bugle_storage::UserId;
use bugle_storage::records::{Issue, Reporter, Role};
use serde::Serialize;
use utoipa::ToSchema;

use super::UserView;
use super::kept::{CustomValues, Extras};

/// Who looks at a report.
#[derive(Debug, Clone, Copy, Default)]
pub enum Sight<'a> {
    /// Whoever sent it. What the project's members have made of it is not for them: who works on it, its tags, what it is
    /// a duplicate of, values that only developers set.
    #[default]
    Reporter,
    /// A member who tests the game: all but how the reporter can be reached, and these values.
    Tester(&'a HiddenValues),
    /// A member who works on it: all of it.
    Developer,
}

impl<'a> Sight<'a> {
    /// What a member sees with this role.
    pub fn of(role: Role, hidden: &'a HiddenValues) -> Self {
        if role >= Role::Developer {
            Self::Developer
        } else {
            Self::Tester(hidden)
        }
    }

    /// Whether a member of the project looks.
    pub const fn is_member(self) -> bool {
        !matches!(self, Self::Reporter)
    }

    /// Whether the custom value under this name is told.
    pub fn shows_value(self, name: &str) -> bool {
        match self {
            Self::Reporter => false,
            Self::Tester(hidden) => !hidden.has(name),
            Self::Developer => true,
        }
    }

    pub(super) fn custom_fields(self, report: &'a Issue) -> Option<CustomValues<'a>> {
        self.is_member().then_some(CustomValues {
            values: &report.custom_fields,
            sight: self,
        })
    }

    pub(super) fn extras(self, report: &'a Issue) -> Option<Extras<'a>> {
        self.is_member().then_some(Extras(&report.extras))
    }

    #[expect(
        clippy::option_option,
        reason = "left out, of none, and of one are three different things"
    )]
    pub(super) fn due_date(self, report: &'a Issue) -> Option<Option<&'a str>> {
        self.is_member().then_some(report.due_date.as_deref())
    }

    /// Who works on it, where whoever looks may know.
    pub fn assigned_to(self, report: &Issue) -> Option<UserId> {
        report.assigned_to.filter(|_| self.is_member())
    }

    /// Whoever sent it. What a player is called who has no account, the project vouches for; that is for members.
    pub fn sender(self, report: &Issue, directory: &Directory) -> UserView {
        match report.reporter.vouched() {
            Some(player) if self.is_member() => UserView::without_account(player.name.clone()),
            _ => UserView::of(report.reporter.user(), directory),
        }
    }

    /// How whoever sent it can be reached, where whoever looks may know.
    pub fn contact(self, report: &'a Issue) -> Option<ContactView<'a>> {
        matches!(self, Self::Developer).then(|| ContactView::of(report))
    }
}

/// How whoever sent a report can be reached.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Contact)]
pub struct ContactView<'a> {
    /// An e-mail address.
    pub email: Option<&'a str>,
    /// A Discord id.
    pub discord_id: Option<&'a str>,
    /// What the project itself vouches for, with a submission token or a JWT that one of its keys verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vouched: Option<VouchedView<'a>>,
}

/// A player as the project vouches for them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = VouchedPlayer)]
pub struct VouchedView<'a> {
    /// What the project's own systems know them by.
    pub subject: Option<&'a str>,
    /// Where they can be reached.
    pub email: Option<&'a str>,
    /// What they are called.
    pub name: Option<&'a str>,
}

impl<'a> ContactView<'a> {
    /// An address that came with the report counts more than the one that the game knew. Beside one that is vouched
    /// for there is another only where a member of the project has set it.
    fn of(report: &'a Issue) -> Self {
        let (email, discord_id) = match &report.reporter {
            Reporter::Email(email) => (Some(&**email), None),
            Reporter::Discord(id) => (None, Some(&**id)),
            Reporter::Vouched(player) => (player.email.as_deref(), None),
            Reporter::User(_) | Reporter::Anonymous => (None, None),
        };
        let vouched = report.reporter.vouched().map(|player| VouchedView {
            subject: player.subject.as_deref(),
            email: player.email.as_deref(),
            name: player.name.as_deref(),
        });
        Self {
            email: report.contact_email.as_deref().or(email),
            discord_id,
            vouched,
        }
    }
}
