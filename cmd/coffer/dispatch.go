package main

import (
	"net/http"
	"strings"
)

// sessionCookie is the console's; a request that carries one never reaches S3 from the control listener.
const sessionCookie = "coffer_session"

// dispatch sends the S3 requests of the control listener to S3: those signed in the header, without the console's cookie, never
// presigned, anonymous, form or website ones. Their answers are marked so that no stored page runs on the console's origin.
func dispatch(s3, control http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !signedForS3(r) {
			control.ServeHTTP(w, r)
			return
		}
		s3.ServeHTTP(&sandboxed{ResponseWriter: w}, r)
	})
}

func signedForS3(r *http.Request) bool {
	a := r.Header.Get("Authorization")
	if !strings.HasPrefix(a, "AWS4-HMAC-SHA256 ") && !strings.HasPrefix(a, "AWS ") {
		return false
	}
	_, err := r.Cookie(sessionCookie)
	return err != nil
}

// sandboxed sets headers last, whatever the object's own say.
type sandboxed struct {
	http.ResponseWriter
	wrote bool
}

func (w *sandboxed) WriteHeader(status int) {
	if !w.wrote && status >= 200 {
		w.wrote = true
		h := w.Header()
		h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Disposition", "attachment")
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *sandboxed) Write(p []byte) (int, error) {
	if !w.wrote {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *sandboxed) Unwrap() http.ResponseWriter { return w.ResponseWriter }
