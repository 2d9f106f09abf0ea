package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestControlListenerSendsOnlySignedRequestsToS3(t *testing.T) {
	s3 := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Disposition", "inline")
		w.Write([]byte("<script>"))
	})
	control := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusTeapot) })
	h := dispatch(s3, control)
	signed := func(edit func(*http.Request)) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", "/bucket/page.html", nil)
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=a/b/c/s3/aws4_request")
		if edit != nil {
			edit(r)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	w := signed(nil)
	if w.Code != http.StatusOK || w.Header().Get("Content-Security-Policy") != "sandbox; default-src 'none'" ||
		w.Header().Get("X-Content-Type-Options") != "nosniff" || w.Header().Get("Content-Disposition") != "attachment" {
		t.Errorf("a signed request: %d %v", w.Code, w.Header())
	}
	for name, edit := range map[string]func(*http.Request){
		"with the console's cookie": func(r *http.Request) { r.AddCookie(&http.Cookie{Name: sessionCookie, Value: "x"}) },
		"presigned":                 func(r *http.Request) { r.Header.Del("Authorization"); r.URL.RawQuery = "X-Amz-Signature=00" },
		"anonymous":                 func(r *http.Request) { r.Header.Del("Authorization") },
		"with Basic":                func(r *http.Request) { r.SetBasicAuth("a", "b") },
	} {
		if w := signed(edit); w.Code != http.StatusTeapot {
			t.Errorf("a request %s reached S3", name)
		}
	}
}
