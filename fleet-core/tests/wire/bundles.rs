//! Following a bundle: whatever comes, and whatever way the word of one writer takes.

use fleet_core::bundle::{Bundle, BundleBid, BundleNews, Followed};
use fleet_core::{Cost, RobotId, TaskId};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::Index;

const LIMIT: usize = 4;
const ROBOT: RobotId = RobotId::from_u128(1);

/// Of few, so that they meet.
fn task() -> impl Strategy<Value = TaskId> {
    (0..6_u128).prop_map(TaskId::from_u128)
}

fn bid() -> impl Strategy<Value = BundleBid> {
    (task(), 0..3_u32).prop_map(|(task, cost)| BundleBid {
        task,
        cost: Cost::new(cost.into()).unwrap(),
    })
}

fn number() -> impl Strategy<Value = u32> {
    prop_oneof![9 => 0..6_u32, 1 => any::<u32>()]
}

fn news() -> impl Strategy<Value = BundleNews> {
    let claims = option::of(vec(task(), 0..LIMIT + 2));
    let behind = (number(), vec(bid(), 0..LIMIT + 2), any::<bool>());
    (0..3_u32, number(), number(), claims, behind).prop_map(
        |(boot, version, base, claims, (keep, bids, cut))| BundleNews {
            robot: ROBOT,
            boot,
            version,
            base,
            claims,
            keep,
            bids,
            cut,
        },
    )
}

fn bids(bundle: &Bundle) -> Vec<BundleBid> {
    bundle.bids().collect()
}

/// All that can be seen of a bundle.
fn seen(bundle: &Bundle) -> (u32, u32, Vec<TaskId>, Vec<BundleBid>, bool) {
    (
        bundle.boot(),
        bundle.version(),
        bundle.claims().to_vec(),
        bids(bundle),
        bundle.is_whole(),
    )
}

/// Whether a reader knows the bundle as it was then, or its first bids.
fn knows(reader: &Bundle, then: &Bundle) -> bool {
    let known = bids(reader);
    let same =
        (reader.boot(), reader.version(), reader.claims()) == (then.boot(), then.version(), then.claims());
    let length = if reader.is_whole() {
        then.bids().len()
    } else {
        known.len()
    };
    same && length == known.len() && bids(then).starts_with(&known)
}

#[test]
fn a_version_that_nobody_writes_is_no_news() {
    // What it claims would not have been passed on.
    let news = BundleNews {
        robot: ROBOT,
        boot: 1,
        version: 0,
        base: 0,
        claims: Some(vec![TaskId::from_u128(0)]),
        keep: 0,
        bids: Vec::new(),
        cut: false,
    };
    let mut bundle = Bundle::default();
    assert_eq!(bundle.follow(&news, LIMIT), Followed::Known);
    assert_eq!(bundle, Bundle::default());
}

#[test]
fn a_life_without_bids_takes_back_those_of_the_one_before() {
    let task = TaskId::from_u128(1);
    let cost = Cost::ZERO;
    let mut first = Bundle::new(1);
    first.rewrite(0, [BundleBid { task, cost }]);
    let mut reader = Bundle::default();
    reader.follow(&first.news(ROBOT, 0), LIMIT);
    assert_eq!(reader.bids().len(), 1);
    let second = Bundle::new(2);
    assert_eq!(
        reader.follow(&second.news(ROBOT, 0), LIMIT),
        Followed::Changed { kept: 0 }
    );
    assert_eq!(reader.bids().len(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn whatever_comes_a_bundle_stays_one(all in vec(news(), 0..12)) {
        let mut bundle = Bundle::default();
        for news in all {
            let before = bundle.clone();
            let followed = bundle.follow(&news, LIMIT);
            if let Followed::Changed { kept } = followed {
                prop_assert_eq!((bundle.boot(), bundle.version()), (news.boot, news.version));
                let life = (before.boot(), before.version());
                let more = !before.is_whole() && (bundle.is_whole() || bundle.bids().len() > before.bids().len());
                prop_assert!(life < (news.boot, news.version) || life == (news.boot, news.version) && more);
                prop_assert_eq!(bundle.is_whole(), !news.cut);
                if news.boot == before.boot() {
                    prop_assert_eq!(&bids(&bundle)[..kept], &bids(&before)[..kept]);
                }
            } else {
                prop_assert_eq!(&bundle, &before);
            }
            let mut tasks: Vec<TaskId> = bundle.bids().map(|bid| bid.task).collect();
            prop_assert!(tasks.len() <= LIMIT && bundle.claims().len() <= LIMIT);
            tasks.sort();
            tasks.dedup();
            prop_assert_eq!(tasks.len(), bundle.bids().len(), "a task twice");
            let mut copy = Bundle::default();
            copy.follow(&bundle.news(ROBOT, 0), LIMIT);
            prop_assert_eq!(seen(&copy), seen(&bundle));
        }
    }

    /// At any version a reader has what the writer had then, or the first bids of it, in whatever order it hears of it, also
    /// from other readers, and what it missed it gets by a whole one.
    #[test]
    fn readers_have_what_the_writer_had(
        changes in vec((0..=LIMIT, vec(bid(), 0..=LIMIT), option::of(vec(task(), 0..=LIMIT))), 1..10),
        told in vec(
            (0..2_usize, any::<Index>(), any::<Index>(), option::of(any::<Index>()), option::of(0..LIMIT)),
            0..30,
        ),
        reborn in option::of(any::<Index>()),
    ) {
        let mut writer = Bundle::new(1);
        let mut history = vec![writer.clone()];
        let reborn = reborn.map(|at| at.index(changes.len()));
        for (k, (keep, new, claims)) in changes.into_iter().enumerate() {
            if reborn == Some(k) {
                writer = Bundle::new(2);
            }
            let mut tasks: Vec<TaskId> = writer.bids().take(keep).map(|bid| bid.task).collect();
            let mut free = Vec::new();
            for bid in new {
                if tasks.len() < LIMIT && !tasks.contains(&bid.task) {
                    tasks.push(bid.task);
                    free.push(bid);
                }
            }
            writer.rewrite(keep, free);
            history.push(writer.clone());
            if let Some(claims) = claims {
                writer.claim(claims);
                history.push(writer.clone());
            }
        }
        let mut readers = [Bundle::default(), Bundle::default()];
        for (to, from, base, other, cut) in told {
            // The other reader passes on what it has; the writer may have said this long ago.
            let (source, base) = match other {
                Some(base) => (readers[1 - to].clone(), base),
                None => (history[from.index(history.len())].clone(), base),
            };
            let mut news = source.news(ROBOT, base.index(source.version() as usize + 1) as u32);
            // Now and then only the first bids are told.
            if let Some(length) = cut {
                news.cut |= length < news.bids.len();
                news.bids.truncate(length);
            }
            readers[to].follow(&news, LIMIT);
            let reader = &readers[to];
            prop_assert!(
                seen(reader) == seen(&Bundle::default()) || history.iter().any(|then| knows(reader, then)),
                "{reader:?} never was"
            );
        }
        for reader in &mut readers {
            reader.follow(&writer.news(ROBOT, 0), LIMIT);
            prop_assert_eq!(seen(reader), seen(&writer));
        }
    }
}
