//! The object stores there are: a local folder, S3, Google Cloud Storage, Azure, and memory for tests.

use std::{
    fs,
    future::Future,
    io,
    path::{self, PathBuf},
    sync::{Arc, mpsc},
    time::SystemTime,
};

use bytes::Bytes;
use futures_util::TryStreamExt;
use object_store::{
    ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload, local::LocalFileSystem, memory::InMemory, path::Path, prefix::PrefixStore,
};
use tokio::runtime::{Builder, Runtime};
use url::Url;

use crate::{
    blobs::{BlobError, Blobs, Listed},
    clouds::{self, one_line},
    refused::OpenError,
};

/// An object store by its URL. It may be called from any thread; a call holds its thread until it is done.
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    /// The store as configured.
    place: String,
    /// The folder, if it is a local one.
    folder: Option<PathBuf>,
    /// Taken only when dropped.
    runtime: Option<Runtime>,
}

impl Objects {
    /// Opens a store: a local path or `file://`, and with the features `s3`, `gcs` and `azure` `s3://`, `gs://` and `az://`, each with a
    /// bucket and perhaps a folder. Credentials come from the environment only.
    ///
    /// Nothing is looked for or made yet: whether the store is there shows at the first call.
    pub fn open(url: &str) -> Result<Objects, OpenError> {
        match url.split_once("://") {
            None => Objects::local(url, path::absolute(url)),
            Some(("file", _)) => {
                let path = Url::parse(url).ok().and_then(|url| url.to_file_path().ok());
                Objects::local(url, path.ok_or_else(|| io::Error::other("give file:// and an absolute path")))
            }
            Some(("memory", _)) => Objects::new(url, Arc::new(InMemory::new()), None),
            Some((scheme @ ("s3" | "gs" | "az"), rest)) => {
                if rest.contains(['@', '?', '#']) {
                    return Err(OpenError::NotPlain(scheme.to_owned()));
                }
                let folder = rest.split_once('/').map_or("", |(_, folder)| folder);
                let folder = Path::parse(folder.trim_end_matches('/')).map_err(|wrong| place_error(url, &wrong))?;
                let store = clouds::open(scheme, url)?;
                Objects::new(url, Arc::new(PrefixStore::new(store, folder)), None)
            }
            Some((scheme, _)) => Err(OpenError::Scheme(scheme.to_owned())),
        }
    }

    /// Whether there is anything to look into: a local folder that no instance has made yet is not. Of other stores their answers tell.
    pub fn is_there(&self) -> bool {
        self.folder.as_ref().is_none_or(|folder| folder.is_dir())
    }

    fn local(place: &str, folder: io::Result<PathBuf>) -> Result<Objects, OpenError> {
        let folder = without_dots(&folder.map_err(|wrong| place_error(place, &wrong))?);
        let prefix = Path::from_absolute_path(&folder).map_err(|wrong| place_error(place, &wrong))?;
        // Without it a file is there when the call returns, but not after the power fails.
        let store = LocalFileSystem::new().with_fsync(true);
        Objects::new(place, Arc::new(PrefixStore::new(store, prefix)), Some(folder))
    }

    fn new(place: &str, store: Arc<dyn ObjectStore>, folder: Option<PathBuf>) -> Result<Objects, OpenError> {
        let runtime = Builder::new_multi_thread().worker_threads(1).max_blocking_threads(4).thread_name("snapshot-store").enable_all().build();
        let runtime = runtime.map_err(|wrong| place_error(place, &wrong))?;
        Ok(Objects { store, place: place.to_owned(), folder, runtime: Some(runtime) })
    }

    /// Starts what an object is asked for. Waiting on a channel is allowed where blocking on a runtime is not: inside another one.
    fn start<T, F>(&self, future: impl FnOnce(Arc<dyn ObjectStore>) -> F) -> mpsc::Receiver<object_store::Result<T>>
    where
        T: Send + 'static,
        F: Future<Output = object_store::Result<T>> + Send + 'static,
    {
        let (done, wait) = mpsc::channel();
        let future = future(self.store.clone());
        if let Some(runtime) = &self.runtime {
            runtime.spawn(async move { done.send(future.await) });
        }
        wait
    }

    fn start_get(&self, name: &str) -> mpsc::Receiver<object_store::Result<Bytes>> {
        let path = Path::from(name);
        self.start(|store| async move { store.get(&path).await?.bytes().await })
    }

    fn finish<T>(&self, action: &'static str, name: &str, wait: &mpsc::Receiver<object_store::Result<T>>) -> Result<T, BlobError> {
        let failed = |why: String| BlobError::Failed { action, name: name.to_owned(), store: self.place.clone(), why };
        match wait.recv() {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(wrong)) if let Some(why) = clouds::refusal(&wrong) => Err(failed(why)),
            Ok(Err(object_store::Error::NotFound { .. })) => Err(BlobError::Missing(name.to_owned())),
            Ok(Err(object_store::Error::AlreadyExists { .. })) => Err(BlobError::Exists(name.to_owned())),
            Ok(Err(wrong)) => Err(failed(one_line(&wrong))),
            Err(_) => Err(failed("its client stopped".to_owned())),
        }
    }

    /// Files of puts that a kill interrupted. The store's client neither lists nor deletes them.
    fn leftovers(&self, folder: &str) -> io::Result<Vec<(Listed, SystemTime)>> {
        let Some(root) = &self.folder else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(root.join(&folder)).into_iter().flatten() {
                let entry = entry?;
                let Ok(name) = entry.file_name().into_string() else { continue };
                let name = if folder.is_empty() { name } else { format!("{folder}/{name}") };
                match entry.metadata() {
                    Ok(metadata) if metadata.is_dir() => folders.push(name),
                    Ok(metadata) if is_leftover(&name) => found.push((Listed { name, size: metadata.len() }, metadata.modified()?)),
                    _ => {}
                }
            }
        }
        Ok(found)
    }
}

impl Blobs for Objects {
    fn put_new(&self, name: &str, bytes: Bytes) -> Result<(), BlobError> {
        let path = Path::from(name);
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        let wait = self.start(|store| async move { store.put_opts(&path, PutPayload::from_bytes(bytes), options).await });
        self.finish("put", name, &wait).map(|_| ())
    }

    fn get(&self, name: &str) -> Result<Bytes, BlobError> {
        self.finish("get", name, &self.start_get(name))
    }

    fn get_all(&self, names: &[String]) -> Vec<Result<Bytes, BlobError>> {
        let waits: Vec<_> = names.iter().map(|name| self.start_get(name)).collect();
        names.iter().zip(waits).map(|(name, wait)| self.finish("get", name, &wait)).collect()
    }

    fn list(&self, folder: &str) -> Result<Vec<Listed>, BlobError> {
        Ok(self.written(folder)?.into_iter().map(|(listed, _)| listed).collect())
    }

    fn written(&self, folder: &str) -> Result<Vec<(Listed, SystemTime)>, BlobError> {
        let path = Some(folder).filter(|folder| !folder.is_empty()).map(Path::from);
        let wait = self.start(|store| async move { store.list(path.as_ref()).try_collect::<Vec<_>>().await });
        let objects = self.finish("list", folder, &wait)?.into_iter();
        let listed = objects.map(|object| (Listed { name: object.location.to_string(), size: object.size }, object.last_modified.into()));
        let mut listed: Vec<(Listed, SystemTime)> = listed.collect();
        let failed =
            |wrong: io::Error| BlobError::Failed { action: "list", name: folder.to_owned(), store: self.place.clone(), why: one_line(&wrong) };
        listed.extend(self.leftovers(folder).map_err(failed)?);
        Ok(listed)
    }

    fn delete_folder(&self, name: &str) {
        // Where something is left in it, it stays.
        self.folder.iter().for_each(|root| _ = fs::remove_dir(root.join(name)));
    }

    fn delete(&self, name: &str) -> Result<(), BlobError> {
        if let Some(root) = self.folder.as_ref().filter(|_| is_leftover(name)) {
            return match fs::remove_file(root.join(name)) {
                Err(wrong) if wrong.kind() != io::ErrorKind::NotFound => {
                    Err(BlobError::Failed { action: "delete", name: name.to_owned(), store: self.place.clone(), why: one_line(&wrong) })
                }
                _ => Ok(()),
            };
        }
        let path = Path::from(name);
        let wait = self.start(|store| async move { store.delete(&path).await });
        match self.finish("delete", name, &wait) {
            Err(BlobError::Missing(_)) => Ok(()),
            done => done,
        }
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        // Dropping a runtime inside another one panics.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// An absolute path without `..`, which objects' names cannot have; links on the way are followed as the system would.
fn without_dots(path: &path::Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        if part == path::Component::ParentDir {
            plain = fs::canonicalize(&plain).unwrap_or(plain);
            plain.pop();
        } else {
            plain.push(part);
        }
    }
    plain
}

/// Whether a local file is what a put is staged in: the object's name, `#` and a number.
fn is_leftover(name: &str) -> bool {
    name.rsplit_once('#').is_some_and(|(_, number)| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

fn place_error(place: &str, why: &dyn std::error::Error) -> OpenError {
    OpenError::Place { place: place.to_owned(), why: one_line(why) }
}
