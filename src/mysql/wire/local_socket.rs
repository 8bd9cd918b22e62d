//! A socket that only this process can connect to, once.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::net::{UnixListener, UnixStream};

/// Names that are tried. Another process could take one of them, but not know the next.
const ATTEMPTS: u64 = 16;

/// Counts the names that this process has used.
static USED: AtomicU64 = AtomicU64::new(0);

/// A socket that waits for the one connection to it.
#[derive(Debug)]
pub struct LocalSocket {
    listener: UnixListener,
    place: Place,
}

impl LocalSocket {
    /// Begins to listen.
    ///
    /// # Errors
    /// The system has no more sockets.
    pub fn bind() -> io::Result<Self> {
        let mut outcome = Err(io::ErrorKind::AddrInUse.into());
        for _ in 0..ATTEMPTS {
            let number = USED.fetch_add(1, Ordering::Relaxed);
            outcome = Place::new(number)
                .and_then(|place| UnixListener::bind(place.path()).map(|listener| Self { listener, place }));
            let is_taken = outcome.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::AddrInUse);
            if !is_taken {
                break;
            }
        }
        outcome
    }

    /// Returns the path to connect to.
    pub fn path(&self) -> PathBuf {
        self.place.path().to_owned()
    }

    /// Waits for the connection of this process; those of others are closed.
    ///
    /// # Errors
    /// The socket is gone.
    pub async fn accept(self) -> io::Result<UnixStream> {
        loop {
            let (stream, _) = self.listener.accept().await?;
            let process = stream.peer_cred()?.pid().and_then(|process| u32::try_from(process).ok());
            if process == Some(std::process::id()) {
                return Ok(stream);
            }
        }
    }
}

/// Where the socket is: a name without a file.
#[cfg(target_os = "linux")]
#[derive(Debug)]
struct Place(PathBuf);

#[cfg(target_os = "linux")]
impl Place {
    #[expect(clippy::unnecessary_wraps, reason = "it can fail on other systems")]
    fn new(number: u64) -> io::Result<Self> {
        // A path that begins with NUL is a name of the system's (unix(7), abstract).
        Ok(Self(PathBuf::from(format!("\0schema-operator.{}.{number}", std::process::id()))))
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

/// Where the socket is: in a directory that only this user can enter, and that goes with it.
#[cfg(not(target_os = "linux"))]
#[derive(Debug)]
struct Place {
    directory: PathBuf,
    socket: PathBuf,
}

#[cfg(not(target_os = "linux"))]
impl Place {
    fn new(number: u64) -> io::Result<Self> {
        use std::os::unix::fs::DirBuilderExt;
        let directory = std::env::temp_dir().join(format!("schema-operator.{}.{number}", std::process::id()));
        std::fs::DirBuilder::new().mode(0o700).create(&directory).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => io::ErrorKind::AddrInUse.into(),
            _ => error,
        })?;
        let socket = directory.join("s");
        Ok(Self { directory, socket })
    }

    fn path(&self) -> &Path {
        &self.socket
    }
}

#[cfg(not(target_os = "linux"))]
impl Drop for Place {
    fn drop(&mut self) {
        // What is left is empty, and of this user alone.
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn the_connection_of_this_process_is_taken_and_no_second_one() {
        let socket = LocalSocket::bind().unwrap();
        let path = socket.path();
        let mut client = UnixStream::connect(&path).await.unwrap();
        let mut server = socket.accept().await.unwrap();
        server.write_all(b"hello").await.unwrap();
        let mut text = [0; 5];
        client.read_exact(&mut text).await.unwrap();
        assert_eq!(&text, b"hello");
        assert!(UnixStream::connect(&path).await.is_err(), "nobody listens any more");
    }
}
