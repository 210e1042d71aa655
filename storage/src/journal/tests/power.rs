//! Random commits, random power cuts, many times over on the same disk: what was acknowledged is there.

use std::collections::{BTreeMap, HashSet};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::*;

/// What must be true of the journal, whatever happened.
#[derive(Default)]
struct Model {
    /// Every payload that was ever handed over; no two are the same.
    handed_over: HashSet<Vec<u8>>,
    /// What was acknowledged, or replayed by an opening that succeeded.
    durable: BTreeMap<u64, Vec<u8>>,
    released_through: u64,
}

impl Model {
    fn last(&self) -> u64 {
        self.durable.last_key_value().map_or(0, |(sequence, _)| *sequence)
    }

    /// Frames without a gap, each of which was handed over, with all that must be there from `first` on.
    fn check(&self, frames: &Frames, first: u64, what: &str) {
        for pair in frames.windows(2) {
            assert_eq!(pair[0].0 + 1, pair[1].0, "{what}: a gap");
        }
        for (sequence, payload) in frames {
            match self.durable.get(sequence) {
                Some(expected) => assert_eq!(expected, payload, "{what}: another frame at {sequence}"),
                None => assert!(
                    *sequence > self.last() && self.handed_over.contains(payload),
                    "{what}: frame {sequence} was never handed over"
                ),
            }
        }
        let there: HashSet<u64> = frames.iter().map(|(sequence, _)| *sequence).collect();
        for sequence in self.durable.range(first..).map(|(sequence, _)| sequence) {
            assert!(there.contains(sequence), "{what}: frame {sequence} is lost");
        }
    }

    fn learn(&mut self, frames: Frames) {
        for (sequence, payload) in frames {
            self.durable.insert(sequence, payload);
        }
    }
}

struct Trial {
    seed: u64,
    random: StdRng,
    disk: SimulatedDisk,
    model: Model,
}

impl Trial {
    fn new(seed: u64) -> Self {
        Self {
            seed,
            random: StdRng::seed_from_u64(seed),
            disk: SimulatedDisk::new(seed),
            model: Model::default(),
        }
    }

    /// Opens the journal, though the power may fail while it does.
    fn open(&mut self) -> Rig {
        loop {
            let read = read_all(&self.disk, 1).unwrap_or_else(|error| panic!("seed {}: {error}", self.seed));
            self.model.check(&read, 1, &format!("seed {}, read", self.seed));
            if self.random.random_bool(0.3) {
                self.disk.cut_power_after(self.random.random_range(0..30));
            }
            match Rig::open(&self.disk) {
                Ok(rig) => {
                    let what = format!("seed {}, replayed", self.seed);
                    self.model
                        .check(&rig.replayed, self.model.released_through + 1, &what);
                    self.model.learn(rig.replayed.clone());
                    return rig;
                }
                Err(StorageError::Io { .. }) => self.disk = self.disk.power_cut(),
                Err(error) => panic!("seed {}: {error}", self.seed),
            }
        }
    }

    /// One run of the program, from opening to whatever ends it.
    fn run(&mut self, round: u64) {
        let rig = self.open();
        if self.random.random_bool(0.4) {
            self.disk.cut_power_after(self.random.random_range(0..60));
        } else if self.random.random_bool(0.1) {
            self.disk.fail_next_sync();
        }
        let acknowledged = Arc::new(Mutex::new(Vec::new()));
        for number in 0..self.random.random_range(0..40) {
            let payload = self.payload(round, number);
            self.model.handed_over.insert(payload.clone());
            self.append(&rig, payload, &acknowledged);
            if self.random.random_bool(0.05) {
                self.model.released_through = rig.journal.last_durable();
                rig.journal.release_through(self.model.released_through);
            }
        }
        let next_disk = match self.random.random_range(0..4) {
            0 => {
                // An orderly end, unless the disk has failed before.
                let _ = rig.journal.close();
                self.disk.power_cut()
            }
            1 => self.disk.process_kill(),
            _ => self.disk.power_cut(),
        };
        self.disk = next_disk;
        // With its power gone the old journal can only give up; then every commit has its outcome.
        drop(rig.journal);
        let durable: Frames = rig
            .behind
            .iter()
            .flatten()
            .map(|durable| (durable.sequence, durable.payload.to_vec()))
            .collect();
        let payloads: Vec<&Vec<u8>> = durable.iter().map(|(_, payload)| payload).collect();
        let acknowledged = acknowledged.lock().unwrap();
        assert_eq!(
            payloads,
            acknowledged.iter().collect::<Vec<_>>(),
            "seed {}: what is handed behind is what is acknowledged, in order",
            self.seed
        );
        self.model.learn(durable);
    }

    /// Mostly small, now and then larger than a segment; always one of its kind.
    fn payload(&mut self, round: u64, number: u64) -> Vec<u8> {
        let size = match self.random.random_range(0..20) {
            0 => self.random.random_range(0..3000),
            _ => self.random.random_range(0..200),
        };
        let mut payload = format!("{round}.{number}:").into_bytes();
        payload.extend((0..size).map(|_| self.random.random::<u8>()));
        payload
    }

    fn append(&mut self, rig: &Rig, payload: Vec<u8>, acknowledged: &Arc<Mutex<Vec<Vec<u8>>>>) {
        let acknowledged = Arc::clone(acknowledged);
        let (sender, done) = mpsc::channel();
        rig.journal.append(commit(&payload.clone(), move |outcome| {
            if outcome.is_ok() {
                acknowledged.lock().unwrap().push(payload);
            }
            let _ = sender.send(());
        }));
        // Waiting ends the group here; not waiting lets it grow.
        if self.random.random_bool(0.2) {
            done.recv().unwrap();
        }
    }
}

fn trials(seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let mut trial = Trial::new(seed);
        for round in 0..6 {
            trial.run(round);
        }
        drop(trial.open());
    }
}

#[test]
fn nothing_acknowledged_is_lost_in_power_cuts_first_half() {
    trials(0..200);
}

#[test]
fn nothing_acknowledged_is_lost_in_power_cuts_second_half() {
    trials(200..400);
}
