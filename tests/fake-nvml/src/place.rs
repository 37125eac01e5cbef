//! Where the library is, and where its script goes.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use crate::Script;

/// The name of the script beside a library.
pub(crate) const SCRIPT: &str = "nvml.json";

/// A copy of the library with a script of its own.
#[derive(Debug)]
pub struct Fake {
    library: PathBuf,
}

impl Fake {
    /// Puts a copy of the library into a folder, with a script beside it.
    ///
    /// # Errors
    ///
    /// When the library is not where cargo builds it, or the folder cannot be written.
    pub fn build_into(folder: &Path, script: &Script) -> io::Result<Fake> {
        let fake = Fake { library: folder.join("libnvidia-ml.so.1") };
        fs::copy(built()?, &fake.library)?;
        fake.play(script)?;
        Ok(fake)
    }

    /// The library, to be loaded by its path.
    pub fn library(&self) -> &Path {
        &self.library
    }

    /// Plays another script from the next call on; a call that hangs is let go where this one does not hang it.
    ///
    /// # Errors
    ///
    /// When the folder cannot be written.
    pub fn play(&self, script: &Script) -> io::Result<()> {
        let path = self.library.with_file_name(SCRIPT);
        let next = self.library.with_file_name("nvml.json.next");
        fs::write(&next, serde_json::to_string(script)?)?;
        // Renamed, so that no call reads half of it.
        fs::rename(next, path)
    }
}

/// The library as cargo has built it: beside the tests, or above them. It builds it whenever a test depends on this
/// crate.
fn built() -> io::Result<PathBuf> {
    let program = env::current_exe()?;
    let name = format!("{}farthing_fake_nvml{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
    let mut places = Vec::new();
    for folder in program.ancestors().skip(1).take(3) {
        places.extend([folder.join(&name), folder.join("deps").join(&name)]);
    }
    // Programs of documentation tests are elsewhere; this is where their library was compiled.
    places.extend(option_env!("CARGO_TARGET_DIR").map(|folder| Path::new(folder).join("debug/deps").join(&name)));
    places.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/debug/deps").join(&name));
    places.iter().find(|place| place.is_file()).cloned().ok_or_else(|| {
        let said = format!("{name} is not in {}; `cargo build -p farthing-fake-nvml` builds it", places[0].display());
        io::Error::new(io::ErrorKind::NotFound, said)
    })
}
