//! The worlds that are searched, each around something else that goes wrong; `full` ones are larger.

use fleet_core::ledger::Phase;

use super::seat::Restart;
use super::state::Act;
use super::world::{Counts, Cue, Rates, Sight, World};

/// Nothing happens but what is then allowed.
const NONE: Counts = Counts {
    time: 0,
    awards: 0,
    asks: 0,
    finishes: 0,
    returns: 0,
    rulings: 0,
    ticks: 0,
    restarts: 0,
    reboots: 0,
};

/// One robot acts after the other, as the one witness grants it.
pub(crate) fn one_witness(full: bool) -> World {
    let counts = Counts {
        time: if full { 3 } else { 2 },
        awards: 2,
        asks: 2,
        finishes: 1,
        ..NONE
    };
    World {
        sights: vec![Sight::Done, Sight::SecondOwner],
        ..World::of("one witness", 1, counts)
    }
}

/// Each clock goes as it likes, now slowly, now fast.
pub(crate) fn any_clocks(full: bool) -> World {
    let counts = Counts {
        time: if full { 3 } else { 2 },
        awards: 2,
        asks: 1,
        finishes: 1,
        ..NONE
    };
    World {
        rates: Rates::Free,
        sights: vec![Sight::Done, Sight::SecondOwner],
        ..World::of("any clocks", 1, counts)
    }
}

/// It takes two of three.
pub(crate) fn majorities(full: bool) -> World {
    let counts = Counts {
        time: if full { 2 } else { 1 },
        awards: 2,
        asks: 1,
        ..NONE
    };
    World {
        leaders: if full { 2 } else { 1 },
        sights: if full {
            vec![Sight::SecondOwner]
        } else {
            Vec::new()
        },
        ..World::of("majorities", 3, counts)
    }
}

/// Two tasks, which one robot may hold both, and give back.
pub(crate) fn two_tasks(full: bool) -> World {
    let counts = Counts {
        time: u8::from(full),
        awards: 2,
        asks: if full { 2 } else { 1 },
        finishes: 1,
        returns: 1,
        ..NONE
    };
    World {
        tasks: 2,
        prompt: full,
        sights: vec![Sight::Done],
        ..World::of("two tasks", 1, counts)
    }
}

/// The witness crashes and comes back with its journal, robots begin new lives, and what was said before comes late.
pub(crate) fn journals(full: bool) -> World {
    let counts = Counts {
        time: u8::from(full),
        awards: 2,
        asks: 2,
        restarts: 1,
        reboots: 1,
        ..NONE
    };
    World {
        idle: true,
        prompt: true,
        restarts: vec![Restart::Kept, Restart::Compacted],
        sights: vec![Sight::SecondOwner],
        ..World::of("journals", 1, counts)
    }
}

/// A coordinator opens a task again or calls it off while its robot is at it, and done.
pub(crate) fn decisions(full: bool) -> World {
    let counts = Counts {
        time: 1,
        awards: if full { 2 } else { 1 },
        asks: 1,
        finishes: 1,
        rulings: if full { 2 } else { 1 },
        ticks: 1,
        restarts: u8::from(!full),
        ..NONE
    };
    World {
        repeats: false,
        prompt: true,
        wishes: vec![Phase::Open, Phase::Cancelled],
        restarts: vec![Restart::Kept, Restart::Compacted],
        sights: vec![Sight::Done, Sight::Cancelled, Sight::DoneInstead],
        ..World::of("decisions", 2, counts)
    }
}

/// The same with three witnesses: two of them may decide without the third.
pub(crate) fn decisions_of_three(full: bool) -> World {
    let counts = Counts {
        time: u8::from(full),
        awards: 1,
        asks: 1,
        finishes: 1,
        rulings: 1,
        ..NONE
    };
    let prelude = granted();
    World {
        repeats: false,
        prompt: true,
        wishes: vec![Phase::Cancelled],
        prelude: if full { Vec::new() } else { prelude },
        sights: vec![Sight::Done, Sight::Cancelled, Sight::DoneInstead],
        counts: if full {
            counts
        } else {
            Counts {
                awards: 0,
                asks: 0,
                ..counts
            }
        },
        ..World::of("decisions of three", 3, counts)
    }
}

/// The robots are the witnesses: who decides on a task may be the next to do it, or begin a new life.
pub(crate) fn among_robots(full: bool) -> World {
    let counts = Counts {
        time: if full { 2 } else { 0 },
        awards: 2,
        asks: 1,
        rulings: 1,
        reboots: 1,
        ..NONE
    };
    World {
        among_robots: true,
        repeats: full,
        prompt: true,
        wishes: vec![Phase::Cancelled],
        sights: vec![Sight::Cancelled],
        ..World::of("among robots", 2, counts)
    }
}

/// A witness loses its memory while a robot acts, and the task is awarded to another.
pub(crate) fn amnesia(_: bool) -> World {
    let counts = Counts {
        time: 2,
        asks: 1,
        ticks: 1,
        restarts: 1,
        ..NONE
    };
    let mut prelude = granted();
    prelude.push(Cue::Do(Act::Award {
        seat: 0,
        robot: 1,
        task: 0,
    }));
    World {
        repeats: false,
        prompt: true,
        restarts: vec![Restart::Lost],
        prelude,
        sights: vec![Sight::SecondOwner, Sight::Recovered],
        ..World::of("amnesia", 3, counts)
    }
}

/// A witness loses its memory when the first owner is done and the second acts, and the word of the first is late.
pub(crate) fn late_word(full: bool) -> World {
    let counts = Counts {
        restarts: u8::from(full),
        finishes: 1,
        ..NONE
    };
    let mut prelude = granted();
    prelude.extend([
        Cue::Do(Act::Finish { robot: 0, task: 0 }),
        Cue::Wait,
        Cue::Wait,
        Cue::Do(Act::Award {
            seat: 0,
            robot: 1,
            task: 0,
        }),
        Cue::Do(Act::Ask(1)),
        Cue::Hear { from: 12, to: 1 },
        Cue::Hear { from: 12, to: 3 },
    ]);
    World {
        repeats: false,
        prompt: true,
        suspicion: 0,
        leaders: 0,
        restarts: vec![Restart::Lost],
        prelude,
        sights: vec![Sight::Done, Sight::SecondOwner],
        ..World::of("late word", 3, counts)
    }
}

/// The first robot owns the task, as witnesses 1 and 2 have granted it.
fn granted() -> Vec<Cue> {
    vec![
        Cue::Do(Act::Award {
            seat: 0,
            robot: 0,
            task: 0,
        }),
        Cue::Do(Act::Ask(0)),
        Cue::Hear { from: 11, to: 1 },
        Cue::Hear { from: 11, to: 2 },
    ]
}

/// Two of three know that the task has ended, and are to forget it when the third knows too. Nobody does so within these
/// bounds: what is shown is that nobody does so too early.
pub(crate) fn forgetting(full: bool) -> World {
    let counts = Counts {
        time: if full { 4 } else { 3 },
        ticks: 3,
        ..NONE
    };
    World {
        repeats: false,
        signs: true,
        ended: true,
        fresh: true,
        keep: (1, 41),
        ..World::of("forgetting", 3, counts)
    }
}

/// Coordinators give out epochs twice: the witness alone sees to it that each has one owner.
pub(crate) fn careless(full: bool) -> World {
    let counts = Counts {
        time: if full { 2 } else { 0 },
        awards: 2,
        asks: 2,
        ..NONE
    };
    World {
        careless: true,
        ..World::of("careless", 1, counts)
    }
}
