use actix_web::body::to_bytes;
use serde_json::{Value, json};

use super::*;

async fn answer(error: ApiError) -> (u16, Value) {
    let response = error.error_response();
    let status = response.status().as_u16();
    assert_eq!(
        response.headers().get("content-type").unwrap(),
        "application/json"
    );
    let body = to_bytes(response.into_body()).await.unwrap();
    (
        status,
        serde_json::from_slice(&body).expect("every error is JSON"),
    )
}

#[actix_web::test]
async fn each_meaning_has_its_status_and_one_envelope() {
    let table = [
        (ApiError::bad_request("Bad"), 400, "Bad"),
        (ApiError::unauthorized("No token"), 401, "No token"),
        (ApiError::forbidden("No"), 403, "No"),
        (
            ApiError::not_allowed_to("create bug reports"),
            403,
            "Not allowed to create bug reports.",
        ),
        (ApiError::not_found(), 404, "Not found"),
        (
            ApiError::method_not_allowed("GET, POST"),
            405,
            "Method not allowed",
        ),
        (
            PayloadError::Io(io::ErrorKind::TimedOut.into()).into(),
            408,
            "The rest of the request did not come in time",
        ),
        (
            PayloadError::Io(io::ErrorKind::BrokenPipe.into()).into(),
            400,
            "The body could not be read: broken pipe",
        ),
        (
            ApiError::too_large(10),
            413,
            "The request is larger than 10 bytes",
        ),
        (
            ApiError::internal("disk on fire"),
            500,
            "Something went wrong on the server",
        ),
    ];
    for (error, status, text) in table {
        assert_eq!(answer(error).await, (status, json!({ "error": text })));
    }
}

#[actix_web::test]
async fn validation_names_every_field_in_both_keys() {
    let fields = vec![
        FieldError::new("description", "can't be blank"),
        FieldError::new("priority", "must be one of low, medium, high, critical"),
    ];
    let (status, body) = answer(ApiError::invalid(fields)).await;
    assert_eq!(status, 422);
    assert_eq!(
        body,
        json!({
            "error": "description can't be blank; priority must be one of low, medium, high, critical",
            "errors": ["description can't be blank", "priority must be one of low, medium, high, critical"],
        })
    );
}

#[test]
fn extra_headers_are_sent() {
    let response = ApiError::unavailable(3)
        .with_header(
            HeaderName::from_static("ratelimit"),
            HeaderValue::from_static("\"day\";r=0"),
        )
        .error_response();
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers().get("retry-after").unwrap(), "3");
    assert_eq!(response.headers().get("ratelimit").unwrap(), "\"day\";r=0");
    let response = ApiError::unsupported_media_type().error_response();
    let accepted = response.headers().get("accept").unwrap().to_str().unwrap();
    assert!(accepted.contains("multipart/form-data"), "{accepted}");
    let response = ApiError::method_not_allowed("GET").error_response();
    assert_eq!(response.headers().get("allow").unwrap(), "GET");
}
