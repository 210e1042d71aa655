//! The events that a webhook can hear of, as its form shows them: by what they are about, in plain words.

use bugle_storage::records::EventKind;

use crate::http::webhooks::can_be_chosen;

/// An event of the form.
pub(super) struct Choice {
    /// Its name on the wire.
    pub(super) name: &'static str,
    /// What happens then.
    pub(super) label: &'static str,
    /// Whether it is chosen.
    pub(super) is_chosen: bool,
}

/// Events about the same thing.
pub(super) struct Group {
    /// What they are about.
    pub(super) title: &'static str,
    /// The events.
    pub(super) choices: Vec<Choice>,
}

/// All events that can be chosen, in groups; those named are chosen.
pub(super) fn groups(is_chosen: impl Fn(&str) -> bool) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for kind in EventKind::ALL.iter().filter(|kind| can_be_chosen(**kind)) {
        let choice = Choice {
            name: kind.name(),
            label: label(*kind),
            is_chosen: is_chosen(kind.name()),
        };
        let title = title(*kind);
        match groups.iter_mut().find(|group| group.title == title) {
            Some(group) => group.choices.push(choice),
            None => groups.push(Group {
                title,
                choices: vec![choice],
            }),
        }
    }
    groups
}

fn title(kind: EventKind) -> &'static str {
    match kind.name().split('.').next() {
        Some("issue") => "Bug reports",
        Some("feature_request") => "Suggestions",
        Some("ticket") => "Tickets",
        Some("release") => "Releases",
        Some("token" | "quota") => "API tokens",
        _ => "Others",
    }
}

const fn label(kind: EventKind) -> &'static str {
    match kind {
        EventKind::IssueCreated | EventKind::FeatureRequestCreated | EventKind::TicketCreated => "New",
        EventKind::IssueUpdated | EventKind::FeatureRequestUpdated | EventKind::TicketUpdated => "Changed",
        EventKind::IssuePublished | EventKind::FeatureRequestPublished | EventKind::TicketPublished => {
            "Draft published"
        }
        EventKind::IssueStatusChanged
        | EventKind::FeatureRequestStatusChanged
        | EventKind::TicketStatusChanged => "Status changed",
        EventKind::IssueCommented | EventKind::FeatureRequestCommented | EventKind::TicketCommented => {
            "Commented"
        }
        EventKind::ReleaseCreated => "New release",
        EventKind::TokenCreated => "New token",
        EventKind::TokenRevoked => "Token deleted",
        EventKind::QuotaExhausted => "Daily limit used up",
        EventKind::WebhookTest => "Test",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_stands_once_in_a_group_of_its_own_kind() {
        let groups = groups(|name| name == "release.created");
        let choices: Vec<_> = groups.iter().flat_map(|group| &group.choices).collect();
        let expected = EventKind::ALL.iter().filter(|kind| can_be_chosen(**kind)).count();
        assert_eq!(choices.len(), expected);
        for choice in &choices {
            assert_eq!(
                choice.is_chosen,
                choice.name == "release.created",
                "{}",
                choice.name
            );
        }
        for group in &groups {
            assert_ne!(group.title, "Others", "{}", group.choices[0].name);
            let mut labels: Vec<_> = group.choices.iter().map(|choice| choice.label).collect();
            labels.sort_unstable();
            labels.dedup();
            assert_eq!(
                labels.len(),
                group.choices.len(),
                "{} are told apart",
                group.title
            );
        }
    }
}
