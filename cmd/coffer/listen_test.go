package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"coffer/internal/s3api"
)

// counted counts the writes of the connections that it accepts.
type counted struct {
	net.Listener
	writes chan int
}

type countedConn struct {
	net.Conn
	writes chan int
}

func (l counted) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return countedConn{c, l.writes}, err
}

func (c countedConn) Write(p []byte) (int, error) {
	c.writes <- len(p)
	return c.Conn.Write(p)
}

// TestGathering: between Hold and Release a head and its body leave in one write; what does not fit goes out in order.
func TestGathering(t *testing.T) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	writes := make(chan int, 64)
	l := &limited{Listener: counted{tcp, writes}, slots: make(chan struct{}, 4)}
	var held s3api.Gathering
	s := newServer(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := strings.Repeat("x", int(r.URL.Query().Get("n")[0]-'0')*4096)
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		held.Hold()
		held.Hold()
		io.WriteString(w, body)
		w.(http.Flusher).Flush()
		if err := held.Release(); err != nil {
			t.Error(err)
		}
	}), nil, slog.New(slog.DiscardHandler))
	outer := s.http.ConnContext
	s.http.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		held = c.(s3api.Gathering)
		return outer(ctx, c)
	}
	go s.serve()
	defer s.http.Close()
	for _, c := range []struct{ n, most int }{{1, 1}, {4, 1}, {9, 3}} {
		res, err := http.Get("http://" + tcp.Addr().String() + "/?n=" + string(rune('0'+c.n)))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || len(body) != c.n*4096 || strings.Trim(string(body), "x") != "" {
			t.Fatalf("%d bytes, %v", len(body), err)
		}
		if n := len(writes); n > c.most {
			t.Errorf("%d KiB took %d writes, at most %d wanted", c.n*4, n, c.most)
		}
		for len(writes) > 0 {
			<-writes
		}
	}
}
