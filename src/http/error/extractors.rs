//! Makes the errors of actix's own extractors look like ours.

use actix_web::error::{JsonPayloadError, PathError, PayloadError, QueryPayloadError, UrlencodedError};
use actix_web::web::{FormConfig, JsonConfig, PathConfig, QueryConfig};

use super::ApiError;

/// Settings for `web::Json`; `limit` is the largest body in bytes.
pub fn json_config(limit: usize) -> JsonConfig {
    JsonConfig::default()
        .limit(limit)
        .error_handler(|error, _| ApiError::from(error).into())
}

/// Settings for `web::Form`; `limit` is the largest body in bytes.
pub fn form_config(limit: usize) -> FormConfig {
    FormConfig::default()
        .limit(limit)
        .error_handler(|error, _| ApiError::from(error).into())
}

/// Settings for `web::Query`.
pub fn query_config() -> QueryConfig {
    QueryConfig::default().error_handler(|error, _| ApiError::from(error).into())
}

/// Settings for `web::Path`: a path whose parts do not parse names nothing.
pub fn path_config() -> PathConfig {
    PathConfig::default().error_handler(|error, _| ApiError::from(error).into())
}

impl From<JsonPayloadError> for ApiError {
    fn from(error: JsonPayloadError) -> Self {
        match error {
            JsonPayloadError::Overflow { limit } | JsonPayloadError::OverflowKnownLength { limit, .. } => {
                Self::too_large(limit as u64)
            }
            JsonPayloadError::ContentType => Self::unsupported_media_type(),
            JsonPayloadError::Payload(error) => error.into(),
            other => Self::bad_request(format!("The body is not the JSON expected: {other}")),
        }
    }
}

impl From<UrlencodedError> for ApiError {
    fn from(error: UrlencodedError) -> Self {
        match error {
            UrlencodedError::Overflow { limit, .. } => Self::too_large(limit as u64),
            UrlencodedError::ContentType => Self::unsupported_media_type(),
            UrlencodedError::Payload(error) => error.into(),
            other => Self::bad_request(format!("The body is not the form expected: {other}")),
        }
    }
}

impl From<QueryPayloadError> for ApiError {
    fn from(error: QueryPayloadError) -> Self {
        Self::bad_request(format!("The query is not valid: {error}"))
    }
}

impl From<PathError> for ApiError {
    fn from(_: PathError) -> Self {
        Self::not_found()
    }
}

impl From<PayloadError> for ApiError {
    /// A body that broke off or was badly framed; too large a one is told where the limit is known.
    fn from(error: PayloadError) -> Self {
        Self::bad_request(format!("The body could not be read: {error}"))
    }
}
