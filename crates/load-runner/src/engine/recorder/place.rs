//! Which series there are, and which one a request belongs to. Must not know: what is counted.

/// Which series a request belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) phase: usize,
    pub(crate) request: usize,
    pub(crate) region: usize,
}

/// How many phases, requests and regions there are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) phases: usize,
    pub(crate) requests: usize,
    /// At least 1: without regions everything is in one.
    pub(crate) regions: usize,
}

impl Shape {
    pub(crate) fn places(self) -> impl Iterator<Item = Place> {
        let requests = move |phase| (0..self.requests).map(move |request| (phase, request));
        (0..self.phases)
            .flat_map(requests)
            .flat_map(move |(phase, request)| (0..self.regions).map(move |region| Place { phase, request, region }))
    }

    /// Where a place is among [`Self::places`].
    pub(super) fn index(self, place: Place) -> usize {
        (place.phase * self.requests + place.request) * self.regions + place.region
    }
}
