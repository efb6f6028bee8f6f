//! One file a verb.
//! Must not know: how a page looks.
