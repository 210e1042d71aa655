//! Who owns which state in Bugle.
//!
//! Every piece of state has one owner, an actor; others ask by typed message. Rules (may this token do that,
//! what does this counter say) are plain functions over plain values. A handler never fails: a refused
//! request is a value inside its reply, and an actor that cannot go on stops and is restarted from storage.
//!
//! This floor knows `bugle-storage` and nothing of HTTP.

mod accounts;
mod address;
mod ask;
mod clock;
mod deliveries;
mod directory;
mod error;
mod idempotency;
mod ledger;
mod outbox;
mod project;
mod search;
mod supervision;
mod system;
mod tokens;
mod webhooks;

pub use accounts::{
    AcceptInvitation, Accounts, AddMember, AddedMember, BeginDeviceSignIn, ChangeMember, CreateInvitation,
    CreateOrganization, CreateProject, CreateUser, CreatedInvitation, CreatedOrganization, CreatedProject,
    CredentialsChange, DEVICE_SIGN_IN_LIFE_SECONDS, DecideDeviceSignIn, DeleteOrganization, DeviceSignInId,
    DeviceSignInState, EditProfile, EditProject, FIRST_OWNER_EMAIL, FindInvitation, FindUser,
    FoundInvitation, Group, INVITATION_LIFE_SECONDS, InvitationHash, InvitationSecret, InvitationState,
    JoinByInvitation, ListInvitations, ListMembers, Member, NewAccount, NewProject, NewSession, NewUser,
    OwnAccountSetUp, PollDeviceSignIn, ProjectEdit, RemoveMember, RenameOrganization, SESSION_LIFE_SECONDS,
    SessionHash, SessionValue, SetPassword, SetUpAccount, ShowDeviceSignIn, SignIn, SignOut,
    WithdrawInvitation, hash_password,
};
pub use address::hash_address;
pub use ask::{ASK_DEADLINE, Answer, MAILBOX_CAPACITY, Reply, ask};
pub use clock::Clock;
pub use deliveries::{Deliveries, DeliveryCounts};
pub use directory::{
    Directory, Grant, LastUsed, OrganizationEntry, PersonalGrant, ProjectEntry, ProjectGrant, PublishedKey,
    SpentMarks, UserEntry,
};
pub use error::{ActorError, WrongField};
pub use idempotency::{IdempotencyKey, KEY_LIFE_SECONDS};
pub use outbox::{DueMail, MailPlace, Outbox};
pub use project::{
    AddComment, AddSegment, AddedSegment, Admission, AnnounceUpload, AskAdmission, BatchedAnswer,
    BatchedReport, ChangeCustomField, ChangeIssue, ChangeIssueTag, ChangeRelease, ChangeVote, Changed,
    CommentPage, CountFieldValues, CountVotes, Create, CreateCustomField, CreateIssueTag, CreateRelease,
    Created, CustomFieldChange, CustomFieldEdit, DeleteComment, EditComment, FindComment, FindIssue,
    FindRelease, ForgetAcceptedReports, FoundIssue, HiddenValues, HistoryPage, ISSUE_FILES_MAX, IssueChange,
    IssueFilter, IssuePage, IssuePatch, IssueTagChange, IssueTagEdit, KindOverview, ListComments,
    ListCustomFields, ListIssueTags, ListIssues, ListReleases, NewAttachment, NewCustomField, NewIssue,
    NewIssueTag, NewRelease, OVERVIEW_DAYS_MAX, Overview, ProjectActor, QuotaState, REPORTER_CHANGES_PER_DAY,
    REPORTER_FILES_MAX, ReadAcceptedReports, ReadBehind, ReadHistory, ReadOverview, ReadReports,
    ReadSpentQuotas, ReleaseChange, ReportLinks, ReportName, ReportOrder, ReportReference,
    SEGMENTS_LIFE_SECONDS, SEGMENTS_MAX, SegmentGroup, ShownToken, SiftReports, SpentQuota, Submission,
    SubmissionToken, SubmissionTokenId, SubmitBatch, SubmitIssue, Submitted, SubmittedBatch,
    TAGS_OF_ISSUE_MAX, TextVersion, TextVersions, UNFINISHED_CLIPS_MAX, VoteCount, global_prefix,
    open_statuses, with_line_feeds,
};
pub use search::{Collection, FoundIds, Like, Search, SearchQuery, Similar, Skipped};
pub use supervision::Health;
pub use system::{Actors, ActorsOptions, Secrets};
pub use tokens::{
    CreateIdentityKey, CreatePersonalToken, CreateProjectToken, CreatedIdentityKey, CreatedToken,
    EditProjectToken, IDENTITY_KEYS_MAX, ListIdentityKeys, ListPersonalTokens, ListProjectTokens,
    NewIdentityKey, NewPersonalToken, NewProjectToken, PlainToken, ProjectTokenEdit, ReadPersonalUsage,
    ReadProjectTokenUsage, RemoveIdentityKey, RevokePersonalToken, RevokeProjectToken, SaveLastUse,
    TokenDefect, TokenKind, TokenRegistry, TokenUse, UsageTallies, UsedDays, parse_token,
};
pub use webhooks::{
    Assignment, Attempt, Attempted, ChangeWebhook, CreateWebhook, CreatedWebhook, DeliveryPage,
    ListDeliveries, ListWebhooks, NewWebhook, SaveWebhooks, SendNow, Sending, WebhookChange, WebhookEdit,
    WebhookState, Webhooks,
};
