//! The calls into librdkafka that rdkafka has no safe binding for: batches of messages from a queue, and topics with their ids.
//!
//! What makes them safe as a whole: every pointer is wrapped in a type that frees it once, and whatever librdkafka lends (queues,
//! messages) holds the client it came from, which librdkafka needs to outlive them.
#![expect(unsafe_code, reason = "rdkafka binds neither rd_kafka_consume_batch_queue nor rd_kafka_DescribeTopics; every block says why it is sound")]

use std::{
    ffi::{CStr, CString, c_char, c_int, c_void},
    marker::PhantomData,
    ptr::{self, NonNull},
    slice,
    sync::Arc,
    time::Duration,
};

use rdkafka::{
    bindings as c,
    client::Client,
    consumer::{BaseConsumer, Consumer as _},
    error::RDKafkaErrorCode,
    metadata::MetadataBroker,
};

use crate::{context::Context, error::words};

/// A client that reads.
pub(crate) type Consumer = BaseConsumer<Context>;

/// A queue of librdkafka's, into which partitions deliver.
pub(crate) struct Queue {
    pointer: NonNull<c::rd_kafka_queue_t>,
    // Declared after the pointer and dropped after `drop` has freed it: a queue must not outlive its client.
    client: Arc<Consumer>,
}

// SAFETY: librdkafka's queues lock themselves, and any thread may use or free them (rdkafka.h, "librdkafka is thread-safe").
unsafe impl Send for Queue {}

impl Queue {
    /// A queue with nothing in it.
    pub(crate) fn new(client: Arc<Consumer>) -> Option<Queue> {
        // SAFETY: the client's pointer is valid as long as the client is, which the queue keeps.
        let pointer = unsafe { c::rd_kafka_queue_new(client.client().native_ptr()) };
        NonNull::new(pointer).map(|pointer| Queue { pointer, client })
    }

    /// Makes a partition deliver into this queue; false where librdkafka can have no such partition.
    pub(crate) fn receive_from(&self, topic: &CStr, partition: i32) -> bool {
        // SAFETY: client and topic are valid for the call; the queue returned is ours to free.
        let source = unsafe { c::rd_kafka_queue_get_partition(self.client.client().native_ptr(), topic.as_ptr(), partition) };
        if source.is_null() {
            return false;
        }
        // SAFETY: both queues are valid. Forwarding takes its own reference to this queue, and freeing the handle leaves the
        // partition's queue itself, which the client owns, as it is.
        unsafe {
            c::rd_kafka_queue_forward(source, self.pointer.as_ptr());
            c::rd_kafka_queue_destroy(source);
        }
        true
    }

    /// Appends at most `room` messages; waits for the first, not for a full batch.
    pub(crate) fn read(&mut self, messages: &mut Vec<RawMessage>, room: usize, wait: Duration) {
        if self.take(messages, room, 0) == 0 && !wait.is_zero() && room > 0 {
            let wait = c_int::try_from(wait.as_millis().max(1)).unwrap_or(c_int::MAX);
            if self.take(messages, 1, wait) == 1 {
                self.take(messages, room - 1, 0);
            }
        }
    }

    fn take(&mut self, messages: &mut Vec<RawMessage>, room: usize, wait_ms: c_int) -> usize {
        messages.reserve(room);
        let free = messages.spare_capacity_mut().as_mut_ptr().cast::<*mut c::rd_kafka_message_t>();
        // SAFETY: `free` has space for `room` pointers, and a RawMessage is one (repr(transparent)).
        let count = unsafe { c::rd_kafka_consume_batch_queue(self.pointer.as_ptr(), wait_ms, free, room) };
        // A negative count is an error of the legacy consumer only; nothing was written then.
        let count = usize::try_from(count).unwrap_or(0).min(room);
        // SAFETY: librdkafka has written `count` valid pointers, each the caller's to free, behind the vector's length.
        unsafe { messages.set_len(messages.len() + count) };
        count
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        // SAFETY: the pointer came from rd_kafka_queue_new, is freed only here, and the client is still there.
        unsafe { c::rd_kafka_queue_destroy(self.pointer.as_ptr()) }
    }
}

/// A message of librdkafka's, freed on drop. Whoever holds one must hold its client too, and drop that later.
#[repr(transparent)]
pub(crate) struct RawMessage(NonNull<c::rd_kafka_message_t>);

// SAFETY: a message is memory that nothing else writes, and freeing it only counts atomically (rd_kafka_op_destroy). Not Sync:
// asking for its headers parses and stores them on first use.
unsafe impl Send for RawMessage {}

impl RawMessage {
    // The fields are read one by one through the pointer, never through a reference to the whole: its `err` may be a code of a newer
    // broker that the binding's enum has no value for, and a reference would promise that it has.

    /// librdkafka's error code; 0 is a record.
    pub(crate) fn code(&self) -> i32 {
        // SAFETY: the pointer is valid until drop; `err` is a C enum of the size of an i32.
        unsafe { (&raw const (*self.0.as_ptr()).err).cast::<i32>().read() }
    }

    /// What tells the topic of one message from that of another while both are held.
    pub(crate) fn topic_mark(&self) -> usize {
        // SAFETY: the pointer is valid until drop.
        unsafe { (*self.0.as_ptr()).rkt }.addr()
    }

    /// The topic's name; none where an error has none.
    pub(crate) fn topic(&self) -> Option<&str> {
        // SAFETY: the pointer is valid until drop. The message holds a reference to its topic, whose name is a C string that lives
        // as long as it.
        unsafe {
            let topic = (*self.0.as_ptr()).rkt;
            if topic.is_null() { None } else { CStr::from_ptr(c::rd_kafka_topic_name(topic)).to_str().ok() }
        }
    }

    pub(crate) fn partition(&self) -> i32 {
        // SAFETY: the pointer is valid until drop.
        unsafe { (*self.0.as_ptr()).partition }
    }

    pub(crate) fn offset(&self) -> i64 {
        // SAFETY: the pointer is valid until drop.
        unsafe { (*self.0.as_ptr()).offset }
    }

    pub(crate) fn payload(&self) -> Option<&[u8]> {
        // SAFETY: librdkafka gives a valid pointer and its length, or null; the bytes live as long as the message.
        unsafe { bytes((*self.0.as_ptr()).payload, (*self.0.as_ptr()).len) }
    }

    pub(crate) fn key(&self) -> Option<&[u8]> {
        // SAFETY: as for the payload.
        unsafe { bytes((*self.0.as_ptr()).key, (*self.0.as_ptr()).key_len) }
    }

    /// Milliseconds since 1970; none where the record carries no time.
    pub(crate) fn timestamp(&self) -> Option<i64> {
        let mut kind = c::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
        // SAFETY: both pointers are valid for the call.
        let at = unsafe { c::rd_kafka_message_timestamp(self.0.as_ptr(), &raw mut kind) };
        (at >= 0 && kind != c::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE).then_some(at)
    }

    /// The headers, parsed on first use; none where there are none, or they cannot be parsed.
    pub(crate) fn headers(&self) -> Option<RawHeaders<'_>> {
        let mut headers = ptr::null_mut();
        // SAFETY: the message is valid; it keeps the parsed headers until it is freed. No other thread can be here: not Sync.
        let found = unsafe { c::rd_kafka_message_headers(self.0.as_ptr(), &raw mut headers) };
        let found = found == c::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR && !headers.is_null();
        found.then_some(RawHeaders { pointer: headers, message: PhantomData })
    }
}

impl Drop for RawMessage {
    fn drop(&mut self) {
        // SAFETY: the message was given to us to free, and is freed only here.
        unsafe { c::rd_kafka_message_destroy(self.0.as_ptr()) }
    }
}

/// The headers of a message.
#[derive(Clone, Copy)]
pub(crate) struct RawHeaders<'a> {
    pointer: *mut c::rd_kafka_headers_t,
    // The message owns the headers.
    message: PhantomData<&'a RawMessage>,
}

impl<'a> RawHeaders<'a> {
    /// The header at an index: its name, and its value where it has one.
    pub(crate) fn get(self, index: usize) -> Option<(&'a CStr, Option<&'a [u8]>)> {
        let (mut name, mut value, mut len) = (ptr::null::<c_char>(), ptr::null::<c_void>(), 0);
        // SAFETY: the headers live as long as the message, which is borrowed for 'a.
        let found = unsafe { c::rd_kafka_header_get_all(self.pointer, index, &raw mut name, &raw mut value, &raw mut len) };
        if found != c::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR || name.is_null() {
            return None;
        }
        // SAFETY: librdkafka ends names with a null byte; name and value are stored with the headers.
        unsafe { Some((CStr::from_ptr(name), bytes(value, len))) }
    }
}

/// Bytes of C as a slice; none where the pointer is null.
///
/// # Safety
/// The pointer is null, or valid for `len` bytes that live and do not change for 'a.
unsafe fn bytes<'a>(pointer: *const c_void, len: usize) -> Option<&'a [u8]> {
    // SAFETY: as the caller promises.
    (!pointer.is_null()).then(|| unsafe { slice::from_raw_parts(pointer.cast::<u8>(), len) })
}

/// A topic as its cluster describes it.
pub(crate) struct Description {
    pub(crate) name: String,
    /// Why the topic cannot be described.
    pub(crate) error: Option<RDKafkaErrorCode>,
    pub(crate) id: Option<u128>,
    pub(crate) partitions: Vec<i32>,
    /// The broker that leads each, where one does.
    pub(crate) leaders: Vec<(i32, i32)>,
    pub(crate) replication: usize,
}

/// Describes topics, in one request; never makes one. Fails with librdkafka's code and words.
pub(crate) fn describe_topics(client: &Client<Context>, names: &[&str], timeout: Duration) -> Result<Vec<Description>, (RDKafkaErrorCode, String)> {
    let invalid = |why: &str| (RDKafkaErrorCode::InvalidArgument, why.to_owned());
    let Some(first) = names.first() else { return Ok(Vec::new()) };
    let names: Vec<CString> =
        names.iter().map(|name| CString::new(*name)).collect::<Result<_, _>>().map_err(|_| invalid("a topic's name has no null byte"))?;
    // Any broker can describe topics. librdkafka would wait for the controller, which its own mock cluster does not have.
    let metadata = client.fetch_metadata(Some(first), timeout).map_err(|error| {
        let code = error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail);
        (code, words(code))
    })?;
    let broker = metadata.brokers().first().map(MetadataBroker::id).ok_or((RDKafkaErrorCode::AllBrokersDown, "no broker is up".to_owned()))?;
    let event = ask_for_topics(client, broker, &names, timeout).ok_or((RDKafkaErrorCode::OperationTimedOut, "no answer in time".to_owned()))?;
    // SAFETY: the event is valid until it is dropped; its error text is a C string it owns.
    let (code, why) = unsafe { (c::rd_kafka_event_error(event.0), CStr::from_ptr(c::rd_kafka_event_error_string(event.0))) };
    if code != c::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
        return Err((code.into(), why.to_string_lossy().into_owned()));
    }
    // SAFETY: the event is of the type asked for or the result null; all that is read below is owned by the event, which outlives it.
    unsafe {
        let result = c::rd_kafka_event_DescribeTopics_result(event.0);
        if result.is_null() {
            return Err(invalid("an answer to another question"));
        }
        let mut count = 0;
        let topics = c::rd_kafka_DescribeTopics_result_topics(result, &raw mut count);
        Ok(array(topics, count).iter().map(|topic| description(*topic)).collect())
    }
}

/// Sends the request to a broker and waits for its event.
fn ask_for_topics(client: &Client<Context>, broker: i32, names: &[CString], timeout: Duration) -> Option<Event> {
    let timeout = c_int::try_from(timeout.as_millis()).unwrap_or(c_int::MAX);
    let mut pointers: Vec<*const c_char> = names.iter().map(|name| name.as_ptr()).collect();
    let mut error = [0 as c_char; 512];
    // SAFETY: `client` is valid for the whole call, and no object made here outlives it; each is freed once, after its last use.
    // librdkafka copies the names and the options. An event that comes later than the wait is freed with its queue.
    let event = unsafe {
        let client = client.native_ptr();
        let queue = c::rd_kafka_queue_new(client);
        let topics = c::rd_kafka_TopicCollection_of_topic_names(pointers.as_mut_ptr(), pointers.len());
        let options = c::rd_kafka_AdminOptions_new(client, c::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS);
        c::rd_kafka_AdminOptions_set_request_timeout(options, timeout, error.as_mut_ptr(), error.len());
        c::rd_kafka_AdminOptions_set_broker(options, broker, error.as_mut_ptr(), error.len());
        c::rd_kafka_DescribeTopics(client, topics, options, queue);
        // librdkafka answers at its own timeout; the second is for that answer to come through.
        let event = c::rd_kafka_queue_poll(queue, timeout.saturating_add(1000));
        c::rd_kafka_AdminOptions_destroy(options);
        c::rd_kafka_TopicCollection_destroy(topics);
        c::rd_kafka_queue_destroy(queue);
        event
    };
    (!event.is_null()).then_some(Event(event))
}

/// Copies one description out of C.
///
/// # Safety
/// `topic` is valid.
unsafe fn description(topic: *const c::rd_kafka_TopicDescription_t) -> Description {
    // SAFETY: the caller's topic owns its name, id and partitions; an error that is null reads as no error.
    unsafe {
        let code = c::rd_kafka_error_code(c::rd_kafka_TopicDescription_error(topic));
        let mut count = 0;
        let partitions = array(c::rd_kafka_TopicDescription_partitions(topic, &raw mut count), count);
        let replicas = partitions.iter().map(|partition| {
            let mut count = 0;
            c::rd_kafka_TopicPartitionInfo_replicas(*partition, &raw mut count);
            count
        });
        Description {
            name: CStr::from_ptr(c::rd_kafka_TopicDescription_name(topic)).to_string_lossy().into_owned(),
            error: (code != c::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR).then(|| code.into()),
            id: topic_id(c::rd_kafka_TopicDescription_topic_id(topic)),
            replication: replicas.min().unwrap_or(0),
            leaders: partitions
                .iter()
                .filter_map(|partition| Some((c::rd_kafka_TopicPartitionInfo_partition(*partition), leader(*partition)?)))
                .collect(),
            partitions: partitions.iter().map(|partition| c::rd_kafka_TopicPartitionInfo_partition(*partition)).collect(),
        }
    }
}

/// The broker that leads a partition, by its number; none where none does.
///
/// # Safety
/// `partition` is valid.
unsafe fn leader(partition: *const c::rd_kafka_TopicPartitionInfo_t) -> Option<i32> {
    // SAFETY: as the caller promises; a leader that is not null belongs to the partition.
    unsafe {
        let leader = c::rd_kafka_TopicPartitionInfo_leader(partition);
        (!leader.is_null()).then(|| c::rd_kafka_Node_id(leader)).filter(|id| *id >= 0)
    }
}

/// A UUID as a number; none where it is absent or all zeros, as old brokers give it.
///
/// # Safety
/// `id` is valid or null.
unsafe fn topic_id(id: *const c::rd_kafka_Uuid_t) -> Option<u128> {
    if id.is_null() {
        return None;
    }
    // SAFETY: as the caller promises.
    let (high, low) = unsafe { (c::rd_kafka_Uuid_most_significant_bits(id), c::rd_kafka_Uuid_least_significant_bits(id)) };
    let id = u128::from(high.cast_unsigned()) << 64 | u128::from(low.cast_unsigned());
    (id != 0).then_some(id)
}

/// An array of C as a slice; empty where the pointer is null.
///
/// # Safety
/// The pointer is null, or valid for `len` elements that live for 'a.
unsafe fn array<'a, T>(pointer: *mut T, len: usize) -> &'a [T] {
    // SAFETY: as the caller promises.
    if pointer.is_null() { &[] } else { unsafe { slice::from_raw_parts(pointer, len) } }
}

/// An event of librdkafka's, freed on drop.
struct Event(*mut c::rd_kafka_event_t);

impl Drop for Event {
    fn drop(&mut self) {
        // SAFETY: the event was given to us to free, and is freed only here.
        unsafe { c::rd_kafka_event_destroy(self.0) }
    }
}
