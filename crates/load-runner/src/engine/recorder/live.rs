//! Requests that have not ended. Their memory is used again: it follows how many there are at a time. Must not know: what is counted.

use super::Place;

/// A request that is due or wanted, and has not ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Live {
    pub(super) place: Place,
    /// When it was due, or its user wanted to send it.
    pub(super) since: u64,
    /// Whether a schedule says when it is due.
    pub(super) due: bool,
    /// `None`: it waits.
    pub(super) sent: Option<u64>,
}

/// A request under way, as its sender knows it.
#[derive(Debug)]
#[must_use]
pub(crate) struct Ticket(usize);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct UnderWay {
    slots: Vec<Option<Live>>,
    free: Vec<usize>,
}

impl UnderWay {
    pub(super) const fn is_empty(&self) -> bool {
        self.slots.len() == self.free.len()
    }

    pub(super) fn begin(&mut self, live: Live) -> Ticket {
        let live = Some(live);
        match self.free.pop() {
            Some(slot) => {
                if let Some(place) = self.slots.get_mut(slot) {
                    *place = live;
                }
                Ticket(slot)
            }
            None => {
                self.slots.push(live);
                Ticket(self.slots.len() - 1)
            }
        }
    }

    pub(super) fn get_mut(&mut self, ticket: &Ticket) -> Option<&mut Live> {
        self.slots.get_mut(ticket.0)?.as_mut()
    }

    pub(super) fn end(&mut self, ticket: Ticket) -> Option<Live> {
        let Ticket(slot) = ticket;
        let live = self.slots.get_mut(slot)?.take()?;
        self.free.push(slot);
        Some(live)
    }

    /// Those that are left when the run is over.
    pub(super) fn take(&mut self) -> impl Iterator<Item = Live> + use<> {
        self.free.clear();
        std::mem::take(&mut self.slots).into_iter().flatten()
    }
}
