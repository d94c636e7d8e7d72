//! Who meets whom, and who looks after which of the tasks that nobody has.

use alloc::vec::Vec;

use crate::allocate::search::model::Model;
use crate::allocate::search::state::State;

/// Each robot meets so many, the nearest to it, and those that it is one of the nearest to.
const NEIGHBOURS: usize = 16;

/// A place that a robot comes to, and the one that it leaves from there.
type Place = (u32, u32);

/// A robot, and where its route leads.
type Path = (u32, Vec<Place>);

/// All pairs of neighbours, the nearest first: robots are as far from each other as their routes are.
///
/// O(stops squared).
pub(super) fn nearest_first(state: &State, model: &Model, robots: &[u32]) -> Vec<[u32; 2]> {
    let paths: Vec<Path> = robots.iter().map(|robot| path(state, model, *robot)).collect();
    let mut pairs: Vec<(f64, [u32; 2])> = Vec::new();
    for (robot, own) in &paths {
        let others = paths.iter().filter(|(other, _)| other != robot);
        let far = |(other, path): &Path| {
            let pair = [*robot.min(other), *robot.max(other)];
            let ways = own.iter().map(|place| way_to(model, *place, path));
            (ways.fold(f64::INFINITY, f64::min), pair)
        };
        let mut near: Vec<(f64, [u32; 2])> = others.map(far).collect();
        near.sort_unstable_by(nearer);
        near.truncate(NEIGHBOURS);
        pairs.append(&mut near);
    }
    pairs.sort_unstable_by(nearer);
    pairs.dedup_by_key(|pair| pair.1);
    pairs.into_iter().map(|pair| pair.1).collect()
}

fn nearer(a: &(f64, [u32; 2]), b: &(f64, [u32; 2])) -> core::cmp::Ordering {
    a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))
}

fn path(state: &State, model: &Model, robot: u32) -> Path {
    let start = model.robots[robot as usize].start;
    let stops = state.routes[robot as usize].stops.iter();
    let places = stops.map(|stop| {
        let stop = &model.stops[*stop as usize];
        (stop.at, stop.leave)
    });
    (robot, core::iter::once((start, start)).chain(places).collect())
}

/// The shortest way from or to anywhere on a route.
fn way_to(model: &Model, place: Place, path: &[Place]) -> f64 {
    let ways = path.iter().map(|other| {
        let there = model.ways.length(place.1, other.0);
        there.min(model.ways.length(other.1, place.0))
    });
    ways.fold(f64::INFINITY, f64::min)
}

/// Takes the next pairs of which no two have a robot in common, and adds each robot that is in none of them by itself.
pub(super) fn disjoint(waiting: &mut Vec<[u32; 2]>, robots: &[u32]) -> Vec<Vec<u32>> {
    let most = robots.iter().max().map_or(0, |robot| *robot as usize + 1);
    let mut busy = alloc::vec![false; most];
    let mut groups = Vec::new();
    waiting.retain(|pair| {
        let waits = pair.iter().any(|robot| busy[*robot as usize]);
        if !waits {
            pair.iter().for_each(|robot| busy[*robot as usize] = true);
            groups.push(pair.to_vec());
        }
        waits
    });
    let alone = robots.iter().filter(|robot| !busy[**robot as usize]);
    groups.extend(alone.map(|robot| alloc::vec![*robot]));
    groups
}

/// For each group the tasks that nobody has and that are nearest to one of its robots that may do them; of groups that are
/// as near, the first. Tasks that have to do with others are nobody's.
///
/// O(tasks that nobody has x stops).
pub(super) fn shares(state: &State, model: &Model, groups: &[Vec<u32>]) -> Vec<Vec<u32>> {
    let mut shares = alloc::vec![Vec::new(); groups.len()];
    let of_group = |(group, robots): (usize, &Vec<u32>)| {
        let paths = robots.iter().map(|robot| path(state, model, *robot));
        paths.map(|path| (group, path)).collect::<Vec<_>>()
    };
    let paths: Vec<(usize, Path)> = groups.iter().enumerate().flat_map(of_group).collect();
    let open = state.absent.iter().filter(|task| !model.links.is_linked(**task));
    for task in open {
        let stop = &model.stops[model.tasks[*task as usize].first as usize];
        let able = paths
            .iter()
            .filter(|(_, (robot, _))| model.is_able(*robot as usize, *task));
        let far = able.map(|(group, (_, path))| (way_to(model, (stop.at, stop.leave), path), *group));
        let nearest = far.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        if let Some((_, group)) = nearest {
            shares[group].push(*task);
        }
    }
    shares
}
