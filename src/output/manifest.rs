//! `manifest.json`: what ran, and the SHA-256 of each file that it wrote.

use std::io::{self, Write};

use sha2::{Digest, Sha256};

use super::RunMeta;
use super::json::Json;
use super::study::StudyMeta;

/// A file and what is in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileDigest {
    /// Its name in the directory.
    pub name: String,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// How many bytes it has.
    pub bytes: u64,
}

/// Writes `manifest.json`; files are listed by name, whatever order they come in.
pub fn write_manifest(
    meta: &RunMeta,
    fingerprint: u64,
    files: &[FileDigest],
    out: &mut dyn Write,
) -> io::Result<()> {
    Json::object([
        ("daemonsim", Json::text(&meta.version)),
        ("scenario", Json::text(&meta.scenario)),
        ("scenario_sha256", Json::text(&meta.scenario_sha256)),
        ("seed", Json::whole(meta.seed)),
        ("replication", Json::whole(meta.replication)),
        ("fingerprint", Json::text(format!("{fingerprint:016x}"))),
        ("files", listed(files)),
    ])
    .write(out)
}

/// Writes the `manifest.json` of a study.
pub fn write_study_manifest(meta: &StudyMeta, files: &[FileDigest], out: &mut dyn Write) -> io::Result<()> {
    Json::object([
        ("daemonsim", Json::text(&meta.version)),
        ("scenario", Json::text(&meta.scenario)),
        ("scenario_sha256", Json::text(&meta.scenario_sha256)),
        ("seed", Json::whole(meta.seed)),
        ("replications", Json::text(&meta.replications)),
        ("files", listed(files)),
    ])
    .write(out)
}

fn listed(files: &[FileDigest]) -> Json {
    let mut files: Vec<&FileDigest> = files.iter().collect();
    files.sort();
    Json::object(files.iter().map(|file| {
        let digest = [("sha256", Json::text(&file.sha256)), ("bytes", Json::whole(file.bytes))];
        (&*file.name, Json::object(digest))
    }))
}

/// SHA-256 in hexadecimal of some bytes, such as a scenario's text.
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// Passes bytes on, and hashes and counts them on their way.
#[derive(Debug)]
pub struct HashingWriter<W> {
    out: W,
    hash: Sha256,
    bytes: u64,
}

impl<W: Write> HashingWriter<W> {
    /// Nothing has passed yet.
    pub fn new(out: W) -> HashingWriter<W> {
        HashingWriter { out, hash: Sha256::new(), bytes: 0 }
    }

    /// Where the bytes went, and what they were.
    pub fn finish(self, name: &str) -> (W, FileDigest) {
        let sha256 = hexadecimal(&self.hash.finalize());
        (self.out, FileDigest { name: name.to_owned(), sha256, bytes: self.bytes })
    }
}

impl<W: Write> Write for HashingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Bytes as hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SHA-256 of "abc", from FIPS 180-2.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn what_passes_is_hashed_and_counted() {
        let mut writer = HashingWriter::new(Vec::new());
        writer.write_all(b"a").and_then(|()| writer.write_all(b"bc")).expect("memory");
        let (bytes, digest) = writer.finish("x.csv");
        assert_eq!(bytes, b"abc");
        assert_eq!(digest, FileDigest { name: "x.csv".into(), sha256: ABC.into(), bytes: 3 });
        assert_eq!(sha256(b"abc"), ABC);
    }

    #[test]
    fn files_are_listed_by_name() {
        let meta = RunMeta {
            scenario: "b".into(),
            scenario_sha256: "00".into(),
            seed: 1,
            version: "0.1.0".into(),
            ..RunMeta::default()
        };
        let file = |name: &str| FileDigest { name: name.into(), sha256: ABC.into(), bytes: 3 };
        let mut out = Vec::new();
        write_manifest(&meta, 0xab, &[file("waves.csv"), file("events.csv")], &mut out).expect("memory");
        let text = String::from_utf8(out).expect("text");
        let expected = r#"{
  "daemonsim": "0.1.0",
  "scenario": "b",
  "scenario_sha256": "00",
  "seed": 1,
  "replication": 0,
  "fingerprint": "00000000000000ab",
  "files": {
    "events.csv": {
      "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
      "bytes": 3
    },
    "waves.csv": {
      "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
      "bytes": 3
    }
  }
}
"#;
        assert_eq!(text, expected);
    }
}
