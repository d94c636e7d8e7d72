//! Bulk that waits on disk, and is sent when it can be.

#[path = "spool/disk.rs"]
mod disk;
#[path = "spool/forward.rs"]
mod forward;
#[path = "spool/object.rs"]
mod object;
#[path = "spool/places.rs"]
mod places;
#[path = "spool/tail.rs"]
mod tail;
