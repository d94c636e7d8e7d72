//! The rules of the game: which moves there are, and what each does.

use fleet_core::{NodeId, Time, planted};
use stateright::{Model, Property};

use super::net::{Letter, Net};
use super::shared::Shared;
use super::state::{Act, State};
use super::world::{Counts, Cue, FAST, Rates, SLOW, Sight, World};

impl Model for World {
    type State = State;
    type Action = Act;

    fn init_states(&self) -> Vec<State> {
        self.plant();
        let mut state = State::first(self);
        state.look(self);
        for cue in &self.prelude {
            state = self.cue(&state, cue);
        }
        state.spent = Counts::default();
        vec![state]
    }

    fn actions(&self, state: &State, acts: &mut Vec<Act>) {
        if state.broken.is_some() {
            return;
        }
        acts.extend(state.net.letters().cloned().map(Act::Deliver));
        self.robots_act(state, acts);
        self.seats_act(state, acts);
        if state.spent.time < self.counts.time {
            acts.extend(self.paces(state).map(Act::Pass));
        }
    }

    fn next_state(&self, last: &State, act: Act) -> Option<State> {
        self.plant();
        let next = self.next(last, &act);
        let same = (&next.robots, &next.seats, &next.past) == (&last.robots, &last.seats, &last.past)
            && next.net.is_part_of(&last.net);
        // What changes nothing now can as well arrive later.
        (!same || !matches!(act, Act::Deliver(_))).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = vec![Property::always("nothing is broken", |_, state: &State| {
            state.broken.is_none()
        })];
        properties.extend(self.sights.iter().map(|sight| sight.property()));
        properties
    }
}

impl World {
    #[cfg(debug_assertions)]
    fn plant(&self) {
        planted::plant(self.bug);
    }

    #[cfg(not(debug_assertions))]
    fn plant(&self) {}

    fn paces(&self, state: &State) -> impl Iterator<Item = Vec<bool>> {
        let all = state.robots.len() + state.seats.len();
        let free = (0..1_u32 << all).map(move |set| (0..all).map(|place| set >> place & 1 == 1).collect());
        let (worst, free) = match self.rates {
            Rates::Worst => (Some(worst(state)), None),
            Rates::Free => (None, Some(free)),
        };
        worst.into_iter().chain(free.into_iter().flatten())
    }

    /// What is when something has happened that is not to be varied.
    fn cue(&self, state: &State, cue: &Cue) -> State {
        match cue {
            Cue::Do(act) => self.next(state, act),
            Cue::Wait => self.next(state, &Act::Pass(worst(state))),
            Cue::Hear { from, to } => {
                let (from, to) = (NodeId::from_u128(*from), NodeId::from_u128(*to));
                let between = |letter: &&Shared<Letter>| letter.from == from && letter.to == to;
                let letters: Vec<_> = state.net.letters().filter(between).cloned().collect();
                let hear = |state: State, letter| self.next(&state, &Act::Deliver(letter));
                letters.into_iter().fold(state.clone(), hear)
            }
        }
    }

    fn robots_act(&self, state: &State, acts: &mut Vec<Act>) {
        let (spent, counts) = (&state.spent, &self.counts);
        for (robot, body) in state.robots.iter().enumerate() {
            let asks = spent.asks >> (4 * robot) & 15;
            let busy = |task| body.holds(task);
            let tasks = self.task_ids();
            if asks < counts.asks && (self.idle || body.has_news() || tasks.iter().any(|task| busy(*task))) {
                acts.push(Act::Ask(robot));
            }
            for (task, id) in tasks.into_iter().enumerate() {
                if spent.finishes < counts.finishes && body.acts(id).is_some() {
                    acts.push(Act::Finish { robot, task });
                }
                if spent.returns < counts.returns && busy(id) {
                    acts.push(Act::GiveBack { robot, task });
                }
            }
            if spent.reboots < counts.reboots {
                acts.push(Act::Reboot(robot));
            }
        }
    }

    fn seats_act(&self, state: &State, acts: &mut Vec<Act>) {
        let (spent, counts) = (&state.spent, &self.counts);
        let is_awarded = spent.awards > 0 || !self.prelude.is_empty();
        for (seat, it) in state.seats.iter().enumerate() {
            for task in (0..self.tasks as usize).filter(|_| seat < self.leaders) {
                // Robots differ in nothing but their names: the first to be awarded anything is the first.
                let alike = !is_awarded && !self.among_robots;
                let robots = if alike { 1 } else { state.robots.len() };
                let robots = (0..robots).filter(|_| spent.awards < counts.awards);
                acts.extend(robots.map(|robot| Act::Award { seat, robot, task }));
                let wishes = self
                    .wishes
                    .iter()
                    .filter(|_| is_awarded && spent.rulings < counts.rulings);
                acts.extend(wishes.cloned().map(|wish| Act::Rule { seat, task, wish }));
            }
            if spent.ticks < counts.ticks && it.witness.next_timeout().is_some_and(|at| at <= it.time()) {
                acts.push(Act::Tick(seat));
            }
            if spent.restarts < counts.restarts {
                acts.extend(self.restarts.iter().map(|how| Act::Restart(seat, *how)));
            }
        }
    }

    /// What is when this has happened.
    pub(crate) fn next(&self, last: &State, act: &Act) -> State {
        let mut next = last.clone();
        next.happens(self, act);
        next.sweep(self);
        next.look(self);
        next
    }
}

/// The clocks of robots as slowly, those of witnesses as fast as is allowed.
fn worst(state: &State) -> Vec<bool> {
    let robots = state.robots.iter().map(|_| false);
    robots.chain(state.seats.iter().map(|_| true)).collect()
}

impl State {
    fn happens(&mut self, world: &World, act: &Act) {
        let tasks = world.task_ids();
        match act {
            Act::Pass(fast) => self.pass(world, fast),
            Act::Deliver(letter) => {
                if !world.repeats {
                    self.net.take(letter);
                }
                self.deliver(world, letter);
            }
            Act::Award { seat, robot, task } => self.award(world, *seat, *robot, *task),
            Act::Ask(robot) => {
                self.spent.asks += 1 << (4 * robot);
                let word = self.robots[*robot].change(|body| body.ask());
                self.tell(*robot, &word);
            }
            Act::Finish { robot, task } => {
                self.spent.finishes += 1;
                let word = self.robots[*robot].change(|body| body.finish(tasks[*task]));
                word.iter().for_each(|word| self.tell(*robot, word));
            }
            Act::GiveBack { robot, task } => {
                self.spent.returns += 1;
                let word = self.robots[*robot].change(|body| body.give_back(tasks[*task]));
                word.iter().for_each(|word| self.tell(*robot, word));
            }
            Act::Rule { seat, task, wish } => {
                self.spent.rulings += 1;
                self.with(world, *seat, |seat| seat.rule(tasks[*task], wish.clone(), None));
            }
            Act::Tick(seat) => {
                self.spent.ticks += 1;
                self.with(world, *seat, |seat| seat.witness.tick(seat.time()));
            }
            Act::Restart(seat, how) => {
                self.spent.restarts += 1;
                if !self.seats[*seat].change(|seat| seat.restart(*how)) {
                    self.broken
                        .get_or_insert("a journal keeps less than was promised");
                }
                // The first call tells it the time, and makes it ask for what it has forgotten.
                self.with(world, *seat, |seat| seat.witness.tick(seat.time()));
            }
            Act::Reboot(robot) => self.reboot(world, *robot),
        }
    }

    fn pass(&mut self, world: &World, fast: &[bool]) {
        self.spent.time += 1;
        if world.fresh {
            self.net = Net::default();
        }
        let (robots, seats) = fast.split_at(self.robots.len());
        let pace = |fast: bool| if fast { FAST } else { SLOW };
        for (robot, fast) in self.robots.iter_mut().zip(robots) {
            robot.change(|robot| robot.now += pace(*fast));
        }
        for (seat, fast) in self.seats.iter_mut().zip(seats) {
            seat.change(|seat| seat.now += pace(*fast));
        }
    }

    fn award(&mut self, world: &World, seat: usize, robot: usize, task: usize) {
        self.spent.awards += 1;
        let id = world.task_ids()[task];
        let in_vain = self.past[task].end.is_some() || self.past[task].noted;
        let epoch = self.seats[seat].change(|seat| seat.award(id, world.careless));
        if let Some(epoch) = epoch {
            self.robots[robot].change(|robot| robot.awarded(id, epoch, in_vain));
        }
    }

    fn reboot(&mut self, world: &World, robot: usize) {
        self.spent.reboots += 1;
        let (lease, panel) = (world.lease(), world.panel());
        self.robots[robot].change(|robot| robot.reboot(&panel, lease));
    }
}

impl Sight {
    fn property(self) -> Property<World> {
        let (name, seen): (_, fn(&World, &State) -> bool) = match self {
            Sight::Done => ("a task is done", |_, state| ended(state, "Done")),
            Sight::Cancelled => ("a task is called off", |_, state| ended(state, "Cancelled")),
            Sight::DoneInstead => ("a task is done that was to be called off", |_, state| {
                ended(state, "Done") && state.spent.rulings > 0
            }),
            Sight::SecondOwner => ("a task has a second owner", |_, state| {
                state.past.iter().any(|past| past.owners == 2)
            }),
            Sight::Recovered => ("a witness without memory grants again", |_, state| {
                let back = |until: Option<Time>, now| until.is_none_or(|until| until <= now);
                let mut seats = state.seats.iter();
                seats.any(|seat| {
                    let witness = &seat.witness;
                    seat.lost && witness.is_ready() && back(witness.grants_from(), seat.time())
                })
            }),
        };
        Property::sometimes(name, seen)
    }
}

fn ended(state: &State, how: &str) -> bool {
    let mut ends = state.past.iter().filter_map(|past| past.end.as_ref());
    ends.any(|(phase, ..)| format!("{phase:?}") == how)
}
