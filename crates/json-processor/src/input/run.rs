//! `run.json`, one benchmark at a time, so that neither its text nor all its samples are ever held.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use bench_model::file::{self, FileError};
use bench_model::load::Load;
use bench_model::provenance::Provenance;
use bench_model::run::{Benchmark, Plan, Run, SCHEMA};
use bench_model::scale::Scale;
use bench_model::{Diagnostic, RunId};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::{Error, Problem, problem};

/// Everything of a run but its benchmarks.
pub(crate) struct Head {
    pub(crate) schema: String,
    pub(crate) run_id: RunId,
    pub(crate) provenance: Provenance,
    pub(crate) plan: Plan,
    pub(crate) complete: bool,
    pub(crate) warnings: Vec<String>,
    pub(crate) errors: Vec<Diagnostic>,
    pub(crate) load: Option<Box<Load>>,
    pub(crate) scale: Option<Box<Scale>>,
}

/// Reads a run and hands over each benchmark with its index, in the file's order.
pub(crate) fn read_run(
    path: &Path,
    mut take: impl FnMut(usize, Benchmark) -> Result<(), Problem>,
) -> Result<Head, Error> {
    let mut refused = None;
    let read = |take: Take<'_>, refused: &mut Option<Problem>| {
        if path == Path::new("-") {
            let bytes = file::read(path, file::MAX_DOCUMENT)?;
            return Ok(parse(serde_json::Deserializer::from_slice(&bytes), take, refused)
                .map_err(|error| (error, Some(bytes))));
        }
        Ok::<_, FileError>(
            parse(serde_json::Deserializer::from_reader(open(path)?), take, refused).map_err(|error| (error, None)),
        )
    };
    let (error, bytes) = match read(&mut take, &mut refused)? {
        Ok(head) if head.schema == SCHEMA => return Ok(head),
        Ok(head) => {
            let message = format!("expected `{SCHEMA}`, found `{}`", head.schema);
            return Err(Error::content(path, Problem::at("/schema", message)));
        }
        Err(failed) => failed,
    };
    if let Some(problem) = refused {
        return Err(Error::content(path, problem));
    }
    if error.is_io() {
        return Err(FileError::Read { path: path.to_path_buf(), source: error.into() }.into());
    }
    // Tracking the place costs time, so it is only done once there is an error to place.
    let pointer = match bytes {
        Some(bytes) => place(&mut serde_json::Deserializer::from_slice(&bytes)),
        None => place(&mut serde_json::Deserializer::from_reader(open(path)?)),
    };
    Err(super::content(path, pointer, &error).into())
}

/// Reads a run with all its samples, each of its benchmarks checked.
pub(crate) fn read_whole_run(path: &Path) -> Result<Run, Error> {
    let mut benchmarks = Vec::new();
    let head = read_run(path, |index, benchmark| match problem::of_benchmark(&benchmark).into_iter().next() {
        Some(problem) => Err(problem.below(&format!("/benchmarks/{index}"))),
        None => {
            benchmarks.push(benchmark);
            Ok(())
        }
    })?;
    let Head { schema, run_id, provenance, plan, complete, warnings, errors, load, scale } = head;
    Ok(Run { schema, run_id, provenance, plan, complete, warnings, errors, benchmarks, load, scale })
}

type Take<'t> = &'t mut dyn FnMut(usize, Benchmark) -> Result<(), Problem>;

fn open(path: &Path) -> Result<BufReader<io::Take<File>>, FileError> {
    let fail = |source| FileError::Read { path: path.to_path_buf(), source };
    let opened = File::open(path).map_err(fail)?;
    if opened.metadata().map_err(fail)?.len() > file::MAX_DOCUMENT {
        return Err(FileError::TooLarge { path: path.to_path_buf(), limit: file::MAX_DOCUMENT });
    }
    Ok(BufReader::with_capacity(1 << 17, opened.take(file::MAX_DOCUMENT)))
}

fn parse<'de, R: serde_json::de::Read<'de>>(
    mut reader: serde_json::Deserializer<R>,
    take: Take<'_>,
    refused: &mut Option<Problem>,
) -> Result<Head, serde_json::Error> {
    let head = RunSeed { take, refused }.deserialize(&mut reader)?;
    reader.end()?;
    Ok(head)
}

fn place<'de, R: serde_json::de::Read<'de>>(reader: &mut serde_json::Deserializer<R>) -> String {
    let mut track = serde_path_to_error::Track::new();
    let seed = RunSeed { take: &mut |_, _| Ok(()), refused: &mut None };
    match seed.deserialize(serde_path_to_error::Deserializer::new(reader, &mut track)) {
        Ok(_) => String::new(),
        Err(_) => file::json_pointer(&track.path()),
    }
}

struct RunSeed<'t> {
    take: Take<'t>,
    refused: &'t mut Option<Problem>,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Field {
    Schema,
    RunId,
    Provenance,
    Plan,
    Complete,
    Warnings,
    Errors,
    Benchmarks,
    Load,
    Scale,
}

impl<'de> DeserializeSeed<'de> for RunSeed<'_> {
    type Value = Head;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Head, D::Error> {
        deserializer.deserialize_map(self)
    }
}

fn once<'de, A: MapAccess<'de>, T: Deserialize<'de>>(
    entries: &mut A,
    slot: &mut Option<T>,
    name: &'static str,
) -> Result<(), A::Error> {
    if slot.is_some() {
        return Err(A::Error::duplicate_field(name));
    }
    *slot = Some(entries.next_value()?);
    Ok(())
}

impl<'de> Visitor<'de> for RunSeed<'_> {
    type Value = Head;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a run, as bench-runner writes it")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Head, A::Error> {
        let (mut schema, mut run_id, mut provenance, mut plan) = (None, None, None, None);
        let (mut complete, mut warnings, mut errors, mut benchmarks) = (None, None, None, None);
        let (mut load, mut scale) = (None, None);
        while let Some(field) = entries.next_key()? {
            match field {
                Field::Schema => once(&mut entries, &mut schema, "schema")?,
                Field::RunId => once(&mut entries, &mut run_id, "run_id")?,
                Field::Provenance => once(&mut entries, &mut provenance, "provenance")?,
                Field::Plan => once(&mut entries, &mut plan, "plan")?,
                Field::Complete => once(&mut entries, &mut complete, "complete")?,
                Field::Warnings => once(&mut entries, &mut warnings, "warnings")?,
                Field::Errors => once(&mut entries, &mut errors, "errors")?,
                Field::Load => once(&mut entries, &mut load, "load")?,
                Field::Scale => once(&mut entries, &mut scale, "scale")?,
                Field::Benchmarks if benchmarks.is_some() => return Err(A::Error::duplicate_field("benchmarks")),
                Field::Benchmarks => {
                    let list = Benchmarks { take: &mut *self.take, refused: &mut *self.refused };
                    benchmarks = Some(entries.next_value_seed(list)?);
                }
            }
        }
        let missing = A::Error::missing_field;
        benchmarks.ok_or_else(|| missing("benchmarks"))?;
        Ok(Head {
            schema: schema.ok_or_else(|| missing("schema"))?,
            run_id: run_id.ok_or_else(|| missing("run_id"))?,
            provenance: provenance.ok_or_else(|| missing("provenance"))?,
            plan: plan.ok_or_else(|| missing("plan"))?,
            complete: complete.ok_or_else(|| missing("complete"))?,
            warnings: warnings.ok_or_else(|| missing("warnings"))?,
            errors: errors.ok_or_else(|| missing("errors"))?,
            load,
            scale,
        })
    }
}

struct Benchmarks<'t> {
    take: Take<'t>,
    refused: &'t mut Option<Problem>,
}

impl<'de> DeserializeSeed<'de> for Benchmarks<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Benchmarks<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of benchmarks")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut index = 0;
        while let Some(benchmark) = items.next_element()? {
            if let Err(problem) = (self.take)(index, benchmark) {
                *self.refused = Some(problem);
                return Err(A::Error::custom("refused"));
            }
            index += 1;
        }
        Ok(())
    }
}
