//! Logs that are not as they were: each is said by name, and nothing is jumped over.
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy takes for production code")]

mod running;

use running::{
    Instance, await_some,
    field::{Field, now, shared},
};

const TOPICS: &str = "org.apache.kafka.tools.TopicCommand";

#[test]
fn a_log_cut_below_our_offset_is_a_failed_partition() {
    let field = Field::new("cut");
    field.visit(0, 10);
    let instance = field.start();
    field.await_accepted(&instance, 10.0);
    assert_eq!(instance.terminate().0, Some(0));

    // While no instance runs, more comes in and is lost.
    field.visit(10, 10);
    field.cut(&[("web_visit", 15)]);
    let instance = field.start();
    field.await_failed(&instance, "offset_out_of_range");
    let said = instance.terminate().1;
    assert!(said.contains("offset 10") && said.contains("not read any more"), "{said}");
}

#[test]
fn a_start_from_a_log_that_was_cut_says_what_is_gone_and_goes_on_saying_it() {
    let field = Field::new("begun");
    field.visit(0, 20);
    field.lead(0, 3);
    // -1: all there is.
    field.cut(&[("web_visit", 15), ("lead_created", -1)]);
    let (visits, leads) = (field.topic("web_visit"), field.topic("lead_created"));
    let sentences = [
        format!("{visits}/0: the first 15 records were gone from Kafka when this state was begun, it reached back to 20"),
        format!("{leads}/0: the first 3 records were gone from Kafka when this state was begun, it reached back to 20"),
    ];
    let since = |topic: &str| format!("kpistream_history_starts_timestamp_seconds{{topic=\"{topic}\",partition=\"0\"}}");
    let shown = |instance: &Instance| [&visits, &leads].map(|topic| await_some("the gauge", || field.metric(instance, &since(topic))));

    let instance = field.start();
    field.await_accepted(&instance, 5.0);
    field.await_ready(&instance);
    let first = shown(&instance);
    assert!(first.iter().all(|at| now() - at < 300.0 && now() >= *at), "{first:?}");
    let (code, said) = instance.terminate();
    assert_eq!(code, Some(0), "{said}");
    for sentence in &sentences {
        assert!(said.lines().any(|line| line.contains("WARN") && line.contains(sentence) && line.contains("start from a snapshot")), "{said}");
    }
    assert_eq!(said.matches("were gone from Kafka").count(), 2, "a partition that begins at its beginning lacks nothing: {said}");

    // A start from its snapshot says the same: the numbers lack it still.
    field.visit(20, 1);
    let instance = field.start();
    field.await_accepted(&instance, 6.0);
    assert_eq!(shown(&instance), first);
    let said = instance.kill();
    assert!(said.contains("going on from snapshot") && sentences.iter().all(|sentence| said.contains(sentence)), "{said}");

    let dump = field.folder.run(&format!("state --rebuild --brokers {}", field.brokers));
    let said = String::from_utf8(dump.stderr).unwrap();
    assert!(sentences.iter().all(|sentence| said.contains(sentence)), "{said}");
}

#[test]
fn a_topic_made_anew_is_no_longer_read_and_a_start_reads_the_new_one_from_its_beginning() {
    let field = Field::new("anew");
    field.visit(0, 10);
    let instance = field.start();
    field.await_accepted(&instance, 10.0);
    let topic = field.topic("web_visit");
    field.tool(TOPICS, &["--delete", "--topic", &topic]);
    await_some("the topic made again", || {
        let made = ["--create", "--topic", &topic, "--partitions", "1", "--config", "message.timestamp.type=LogAppendTime"];
        shared().tool(TOPICS, &made).ok()
    });
    field.visit(10, 3);
    await_some("a failed partition", || {
        let series = format!("kpistream_partition_failed{{topic=\"{topic}\",partition=\"0\"");
        field.metric(&instance, &series)
    });
    let said = instance.terminate().1;
    assert!(said.contains("topic_made_anew") || said.contains("topic_deleted") || said.contains("not read any more"), "{said}");

    let instance = field.start();
    field.await_accepted(&instance, 3.0);
    field.await_ready(&instance);
    let said = instance.terminate().1;
    assert!(said.contains("no snapshot to go on from"), "another topic, another line: {said}");
}

#[test]
fn a_new_partition_is_read_from_its_beginning() {
    let field = Field::new("grown");
    field.visit(0, 10);
    let instance = field.start();
    field.await_accepted(&instance, 10.0);
    field.tool(TOPICS, &["--alter", "--topic", &field.topic("web_visit"), "--partitions", "3"]);
    field.visit(10, 30);
    field.await_accepted(&instance, 40.0);
    let said = instance.terminate().1;
    assert!(said.contains("is new; it is read from its beginning"), "{said}");
    let instance = field.start();
    field.visit(40, 5);
    field.await_accepted(&instance, 45.0);
    assert!(instance.terminate().1.contains("going on from snapshot"));
}

#[test]
fn a_topic_deleted_for_good_is_a_failed_partition_by_name() {
    let field = Field::new("deleted");
    field.visit(0, 10);
    let instance = field.start();
    field.await_accepted(&instance, 10.0);
    field.await_ready(&instance);
    let topic = field.topic("web_visit");
    field.tool(TOPICS, &["--delete", "--topic", &topic]);
    let series = format!("kpistream_partition_failed{{topic=\"{topic}\",partition=\"0\"");
    await_some("a failed partition", || field.metric(&instance, &series));
    let why = await_some("not ready", || instance.get("/readyz").filter(|(status, _)| *status == 503)).1;
    assert!(why.contains(&format!("{topic}/0")), "{why}");
    // The others are not old for it.
    field.lead(0, 3);
    let leads = format!("kpistream_events_total{{topic=\"{}\",outcome=\"accepted\"}}", field.topic("lead_created"));
    await_some("the others go on", || field.metric(&instance, &leads).filter(|n| *n == 3.0));
    let age = format!("kpistream_view_age_seconds{{topic=\"{}\",partition=\"0\"}}", field.topic("lead_created"));
    await_some("a young view", || field.metric(&instance, &age).filter(|age| *age < 2.0));
    instance.terminate();
}
