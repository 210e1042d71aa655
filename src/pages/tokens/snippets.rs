//! What to put where, so that a game reports to this server: for each plugin, filled in.

use bugle_storage::ProjectId;

/// What one plugin is to be told.
pub(super) struct Snippet {
    /// Part of ids in the page: `unity`.
    pub(super) id: &'static str,
    /// What the tab says.
    pub(super) name: &'static str,
    /// Where it goes.
    pub(super) place: &'static str,
    /// What goes there.
    pub(super) code: String,
    /// The document that says more.
    pub(super) guide: &'static str,
}

/// All of them. The address is without a slash at its end: some plugins put one behind it themselves.
pub(super) fn snippets(public_url: &str, project: ProjectId, token: &str) -> Vec<Snippet> {
    vec![
        unity(public_url, project, token),
        unreal(public_url, project, token),
        roblox(public_url, project, token),
        widget(public_url, project, token),
        curl(public_url, project, token),
    ]
}

fn unity(url: &str, project: ProjectId, token: &str) -> Snippet {
    Snippet {
        id: "unity",
        guide: "/docs/unity",
        name: "Unity",
        place: "Set Submit Endpoint, Project ID and Auth Token of the BugReportUI component in the Inspector, or do it in a \
                script before the component starts:",
        code: format!(
            "// bugReportUI is the scene's BetaHub.BugReportUI component.\n\
             bugReportUI.SubmitEndpoint = \"{url}\";\n\
             bugReportUI.ProjectID = \"{project}\";\n\
             bugReportUI.AuthToken = \"{token}\";"
        ),
    }
}

fn unreal(url: &str, project: ProjectId, token: &str) -> Snippet {
    Snippet {
        id: "unreal",
        guide: "/docs/unreal",
        name: "Unreal",
        place: "Put this into Config/DefaultGame.ini, or set the three in Project Settings, Plugins, BetaHub Bug Reporter:",
        code: format!(
            "[/Script/BetaHubBugReporter.BH_PluginSettings]\n\
             ApiEndpoint={url}\n\
             ProjectId={project}\n\
             ProjectToken={token}"
        ),
    }
}

fn roblox(url: &str, project: ProjectId, token: &str) -> Snippet {
    Snippet {
        id: "roblox",
        guide: "/docs/roblox",
        name: "Roblox",
        place: "Change the address at the top of BetahubFeedbackServer, make the two secrets in the Creator Dashboard, and \
                allow HTTP requests:",
        code: format!(
            "API_BASE_URL = \"{url}\"\n\
             \n\
             -- Secrets of the experience:\n\
             -- BH_PROJECT_ID  {project}\n\
             -- BH_AUTH_TOKEN  {token}"
        ),
    }
}

fn widget(url: &str, project: ProjectId, token: &str) -> Snippet {
    Snippet {
        id: "widget",
        guide: "/docs/web",
        name: "Web widget",
        place: "Put this into the page of your web game, before the end of its body:",
        code: format!(
            "<script src=\"{url}/widget.js\" data-project=\"{project}\" data-token=\"{token}\" defer></script>"
        ),
    }
}

fn curl(url: &str, project: ProjectId, token: &str) -> Snippet {
    Snippet {
        id: "curl",
        guide: "/docs/scripts",
        name: "curl",
        place: "File a first report from a terminal:",
        code: format!(
            "curl -X POST {url}/projects/{project}/issues.json \\\n  \
             -H \"Authorization: FormUser {token}\" \\\n  \
             -H \"BetaHub-Project-ID: {project}\" \\\n  \
             -H \"Content-Type: application/json\" \\\n  \
             -d '{{\"title\": \"A first report\", \"description\": \"Sent with curl\"}}'"
        ),
    }
}
