//! The thread's work, with a mail server that nobody is to speak to.

use bugle_actors::{ActorsOptions, Clock};
use bugle_storage::records::{OutgoingMail, ReportKind};
use bugle_storage::{Batch, Key, MemoryStore, RecordId, Shard, ShardId, Store, Table};

use super::*;

const NOW: Timestamp = Timestamp(1_795_292_312_000);

/// With one mail that is due, of a project that is gone: whoever looks at it takes it out.
fn mailer() -> Mailer {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let mut shard = Shard::open(Arc::clone(&store), ShardId::SYSTEM).unwrap();
    let mail = OutgoingMail {
        kind: ReportKind::Bug,
        report: RecordId(67),
        reason: MailReason::Received,
        created_at: NOW,
    };
    let mut batch = Batch::new();
    let place = Key::new(ShardId::SYSTEM, Table::MailOutbox).u64(3).u64(1);
    batch.put(place, &mail).unwrap();
    shard.commit(batch, Box::new(Result::unwrap));
    let actors = Actors::start(ActorsOptions {
        store: Arc::clone(&store),
        clock: Clock::manual(NOW),
        search: None,
        mail: true,
        courier: None,
    })
    .unwrap();
    let settings = MailSettings::new(&"smtp://127.0.0.1:1".parse().unwrap(), "bugs@studio.example").unwrap();
    let view_tokens = ViewTokens::new(&actors.secrets().signing, actors.clock().clone());
    Mailer {
        smtp: Smtp::new(&settings),
        outbox: Outbox::open(&store).unwrap(),
        schedule: Schedule::default(),
        view_tokens: Arc::new(view_tokens),
        public_url: String::new(),
        host: settings.host(),
        actors,
    }
}

#[actix::test]
async fn nothing_is_begun_once_the_server_was_told_to_stop() {
    let mut mailer = mailer();
    let due = mailer.outbox.look(NOW).unwrap();
    assert_eq!(due.len(), 1);
    mailer.actors.stop_begins();
    mailer.send_all(due.clone()).await;
    assert_eq!(
        mailer.outbox.look(NOW).unwrap(),
        due,
        "it waits for the next start"
    );
    assert_eq!(mailer.actors.mail_deliveries().due(), 1);
}

#[actix::test]
async fn what_there_is_nobody_for_is_taken_out_and_is_no_failure() {
    let mut mailer = mailer();
    let due = mailer.outbox.look(NOW).unwrap();
    mailer.send_all(due).await;
    assert_eq!(mailer.outbox.look(NOW).unwrap(), []);
    assert_eq!(
        mailer.actors.mail_deliveries().counts(),
        DeliveryCounts::default()
    );
    assert_eq!(mailer.actors.mail_deliveries().due(), 0);
}
