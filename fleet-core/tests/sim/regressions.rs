//! Seeds that once failed, by what they found.

use fleet_core::sim::Scale;

use crate::run;

macro_rules! seeds {
    ($scale:expr; $($name:ident: $($seed:literal),+;)+) => {
        $(
            #[test]
            fn $name() {
                [$($seed),+].into_iter().for_each(|seed| run($scale, seed));
            }
        )+
    };
}

seeds! {
    Scale::SMALL;
    a_task_is_never_for_sale_twice_at_a_time: 11, 13, 21, 22;
    a_new_ownership_drops_the_old_one_before_it_is_priced: 16, 27, 29, 43;
    whoever_starts_later_has_the_higher_epoch: 63, 74, 108;
    an_idle_robot_and_an_open_task_find_each_other: 0, 40, 50, 86;
    a_lossy_network_causes_no_flood: 2, 12, 42, 675, 3901;
    an_award_goes_above_what_one_witness_has_promised_if_the_others_are_gone: 278;
    a_task_goes_on_though_it_was_told_to_where_nobody_knew_that_it_rests: 432, 751;
}

seeds! {
    Scale::LARGE;
    a_memory_that_was_not_got_back_before_the_next_crash_is_still_lost: 11;
}
