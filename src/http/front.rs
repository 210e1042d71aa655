//! What happens to every request before its handler and to every answer after it.

use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::http::{Method, Uri};
use actix_web::{Error, ResponseError, web};

use super::chunked_body::SharedBody;
use super::error::ApiError;
use super::state::AppState;
use super::usage::counting;
use super::{cors, head_request};

/// Answers preflights, mends doubled slashes, answers `HEAD`, keeps answers from caches, adds CORS headers for browsers,
/// and makes an error of actix's own look like ours.
pub fn pass<S, B>(
    mut request: ServiceRequest,
    next: &S,
) -> impl Future<Output = Result<ServiceResponse, Error>> + use<S, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    // Only browsers send Origin, and only they read the headers.
    let cross_origin = request.headers().contains_key(header::ORIGIN);
    if needs_mending(request.path()) {
        mend(&mut request);
    }
    let began = Instant::now();
    let to_head = head_request::read_as_get(&mut request);
    let shared_body = SharedBody::of(&mut request);
    let work = if *request.method() == Method::OPTIONS {
        // The answer to a preflight is empty, and keeps no reader for a body that goes on.
        let answer = match shared_body {
            None => cors::preflight(),
            Some(_) => ApiError::bad_request("OPTIONS takes no body").error_response(),
        };
        Err(request.into_response(answer))
    } else {
        Ok(next.call(request))
    };
    async move {
        let mut response = match work {
            Ok(handling) => handling.await?.map_into_boxed_body(),
            Err(preflight) => preflight,
        };
        if *response.request().method() == Method::GET {
            keep_from_caches(response.headers_mut());
        }
        if cross_origin {
            cors::allow(response.headers_mut());
        }
        if to_head {
            response = head_request::without_body(response);
        }
        if let Some(shared_body) = shared_body {
            response = response.map_body(|_, body| shared_body.keep_with(body));
        }
        if let Some(state) = response.request().app_data::<web::Data<AppState>>() {
            state.metrics.count_response(response.status(), began.elapsed());
            counting::count(&response, state);
        }
        Ok(response)
    }
}

/// Answers are for whoever asked, by a cookie as well as by a token, and the same address is a page to one and JSON to
/// another. So nobody keeps one that does not say otherwise.
fn keep_from_caches(headers: &mut HeaderMap) {
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// Clients join addresses with one slash too many (protocol 2.3).
fn needs_mending(path: &str) -> bool {
    path.contains("//") || (path.len() > 1 && path.ends_with('/'))
}

fn mend(request: &mut ServiceRequest) {
    let mut path = String::with_capacity(request.path().len());
    for part in request.path().split('/').filter(|part| !part.is_empty()) {
        path.push('/');
        path.push_str(part);
    }
    if path.is_empty() {
        path.push('/');
    }
    if !request.query_string().is_empty() {
        path.push('?');
        path.push_str(request.query_string());
    }
    if let Ok(uri) = path.parse::<Uri>() {
        request.match_info_mut().get_mut().update(&uri);
        request.head_mut().uri = uri;
    }
}
