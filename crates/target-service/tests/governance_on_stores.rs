//! The routes under `/api/v1` that lean on the store or the cache, on every store.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail by panicking")]

mod support;

use serde_json::{Value, json};
use support::Service;
use support::backends::on_each;

#[test]
fn the_governance_routes_do_the_same_on_every_store() {
    on_each(&[], |service| {
        audit(service);
        decisions(service);
        policies(service);
        marketplace(service);
        personal_data(service);
        reviews(service);
    });
}

fn audit(service: &Service) {
    for number in 0..25 {
        let body =
            json!({"event": "login", "actor": if number < 5 { "ada" } else { "bob" }, "details": {"number": number}});
        assert!(service.posted(201, "/api/v1/audit", &body)["id"].is_string());
    }
    let all = service.got(200, "/api/v1/audit?page=2");
    assert_eq!((&all["total"], all["items"].as_array().unwrap().len()), (&json!(25), 5));
    let ada = service.got(200, "/api/v1/audit?actor=ada");
    let numbers: Vec<i64> =
        ada["items"].as_array().unwrap().iter().map(|item| item["details"]["number"].as_i64().unwrap()).collect();
    assert_eq!(numbers, [4, 3, 2, 1, 0], "newest first");
    assert_eq!(ada["total"], 5);
}

fn decisions(service: &Service) {
    let ask = |action: &str| {
        let body = json!({"subject": "s-1", "action": action, "resource": "r-1", "context": {"region": "eu"}});
        service.posted(200, "/api/v1/decisions/evaluate", &body)
    };
    let first = ask("read");
    let second = ask("read");
    assert_eq!((&first["cached"], &second["cached"]), (&json!(false), &json!(true)));
    assert_eq!(first["decision"], second["decision"]);
    let escalated = ask("escalate.payment");
    assert_eq!(escalated["decision"], "escalate");
    assert!(escalated["review_id"].is_string());
    assert_eq!(service.metric("decisions_total{decision=\"escalate\"}"), Some(1.0));
    assert_eq!(service.metric("cache_hits_total{cache=\"decisions\"}"), Some(1.0));
}

fn policies(service: &Service) {
    let list = service.got(200, "/api/v1/policies");
    let id = list["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(service.got(200, &format!("/api/v1/policies/{id}"))["id"], id.as_str());
    let result = service.posted(200, "/api/v1/policies/evaluate", &json!({"policy_id": id, "input": {}}));
    assert!(result["effect"].is_string() && result["matched_rules"].is_array(), "{result}");
    assert_eq!(service.get("/api/v1/policies/nothing").status, 404);
    assert_eq!(service.post("/api/v1/policies/evaluate", &json!({"policy_id": "nothing", "input": {}})).status, 404);
}

fn marketplace(service: &Service) {
    let path = "/api/v1/marketplace/plugins";
    let all = service.got(200, &format!("{path}?per_page=100"));
    assert_eq!(all["total"], 300);
    let items = all["items"].as_array().unwrap();
    let downloads: Vec<i64> = items.iter().map(|item| item["downloads"].as_i64().unwrap()).collect();
    assert!(downloads.is_sorted_by(|one, next| one >= next));
    assert_eq!(service.got(200, &format!("{path}?page=4&per_page=100"))["total"], 300, "past the end");

    // Every plugin with a word of the first one's name, counted here and searched there.
    let mut pages = Vec::new();
    for page in 1..=3 {
        pages
            .extend(service.got(200, &format!("{path}?per_page=100&page={page}"))["items"].as_array().unwrap().clone());
    }
    let first = &pages[0];
    let word = first["name"].as_str().unwrap().split(|c: char| !c.is_alphanumeric()).next().unwrap().to_lowercase();
    let words = |plugin: &Value| {
        let text = format!("{} {} {}", plugin["name"], plugin["summary"], plugin["category"]).to_lowercase();
        text.split(|c: char| !c.is_alphanumeric()).any(|found| found == word)
    };
    let category = first["category"].as_str().unwrap();
    let expected = |category: Option<&str>| {
        pages
            .iter()
            .filter(|plugin| words(plugin) && category.is_none_or(|wanted| plugin["category"] == wanted))
            .count()
    };
    let shouted = word.to_uppercase();
    assert_eq!(service.got(200, &format!("{path}?q={shouted}"))["total"], expected(None), "{word}");
    assert_eq!(service.got(200, &format!("{path}?q={word}&category={category}"))["total"], expected(Some(category)));
    assert_eq!(service.got(200, &format!("{path}?q={word}&page=99"))["total"], expected(None), "past the end");
    assert_eq!(service.got(200, &format!("{path}?q=nosuchwordatall"))["items"], json!([]));
    let hostile = service.got(200, &format!("{path}?q=%22+OR+*+NEAR(+%26+%7C+!+%3A*"));
    assert!(hostile["total"].is_i64(), "operators are words: {hostile}");

    let details = service.got(200, &format!("{path}/7"));
    assert_eq!(details["id"], 7);
    let package = service.get(&format!("{path}/7/download"));
    assert_eq!((package.status, package.header("content-type")), (200, Some("application/octet-stream")));
    assert!((16 << 10..=64 << 10).contains(&package.body.len()));
    assert_eq!(service.get(&format!("{path}/7/download")).header("etag"), package.header("etag"));
    assert_eq!(service.get(&format!("{path}/301")).status, 404);
    assert_eq!(service.get(&format!("{path}/0/download")).status, 404);
}

fn personal_data(service: &Service) {
    let corpus = service.got(200, "/api/v1/pii/corpus?seed=3&documents=2&bytes=2000");
    let document = &corpus["documents"][0];
    let body = json!({"text": document["text"], "labels": document["labels"]});
    let found = service.posted(200, "/api/v1/pii/detect", &body);
    assert_eq!(found["unredacted"], 0);
    assert!(found["score"]["tp"].as_i64().unwrap() > 0, "{found}");
    assert_eq!(service.get("/api/v1/pii/corpus?documents=1001").status, 400);
}

fn reviews(service: &Service) {
    let queued = service.posted(202, "/api/v1/reviews", &json!({"subject": "s", "reason": "odd"}));
    assert!(queued["review_id"].is_string());
    let stats = service.got(200, "/api/v1/reviews/stats");
    assert_eq!(stats["reviewers"], 10);
    assert!(stats.get("reviews_per_hour_and_reviewer").is_none(), "nothing is done yet: {stats}");
}
