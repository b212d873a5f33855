// Keeps a patient's session: one refresh at a time, and a lost answer loses nothing.
// Go 1.19 or later, standard library. Try it: go run ./refresh session.json
package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"
)

type Pending struct {
	Token string `json:"token"`
	Key   string `json:"key"`
}

type Session struct {
	AccessToken  string   `json:"accessToken"`
	RefreshToken string   `json:"refreshToken"`
	RefreshAt    float64  `json:"refreshAt"`         // milliseconds since 1970
	Pending      *Pending `json:"pending,omitempty"` // asked for, and its answer isn't stored yet
}

// Store is where a session lives: a row of your database, say. Save returns when it is durable; nil deletes.
type Store interface {
	Load() (*Session, error)
	Save(*Session) error
}

var ErrSignInAgain = errors.New("sign in again")

// Tokens is one for each session, shared by all goroutines. Several processes need a lock that all of them see.
type Tokens struct {
	Store       Store
	API, APIKey string
	Client      *http.Client
	mutex       sync.Mutex
}

// AccessToken returns a token that is good for a while. Others wait, and find what the first one stored.
func (tokens *Tokens) AccessToken() (string, error) {
	tokens.mutex.Lock()
	defer tokens.mutex.Unlock()
	session, err := tokens.Store.Load()
	if err != nil {
		return "", err
	}
	if session == nil {
		return "", ErrSignInAgain
	}
	if session.Pending == nil && now() < session.RefreshAt {
		return session.AccessToken, nil
	}
	return tokens.rotate(*session)
}

func (tokens *Tokens) rotate(session Session) (string, error) {
	// Before the call: after a crash the next try is the same call.
	if session.Pending == nil {
		key, err := randomKey()
		if err != nil {
			return "", err
		}
		session.Pending = &Pending{Token: session.RefreshToken, Key: key}
	}
	if err := tokens.Store.Save(&session); err != nil {
		return "", err
	}
	for attempt := 0; attempt < 5; attempt++ {
		wait := time.Second << attempt
		status, retryAfter, next := tokens.ask(session.Pending)
		switch {
		case status == http.StatusOK:
			// Before the use of the answer: the old refresh token is dead.
			return next.AccessToken, tokens.Store.Save(next)
		case status == http.StatusUnauthorized:
			if err := tokens.Store.Save(nil); err != nil {
				return "", err
			}
			return "", ErrSignInAgain
		case status != 0 && status != http.StatusTooManyRequests && status < 500:
			return "", fmt.Errorf("refresh: %d", status) // our request is wrong
		}
		if retryAfter > 0 {
			wait = retryAfter
		}
		time.Sleep(wait)
	}
	return "", errors.New("refresh: no answer; the next call tries again with the same key")
}

// ask returns a status of 0 if there was no answer, or half of one.
func (tokens *Tokens) ask(pending *Pending) (int, time.Duration, *Session) {
	body, err := json.Marshal(map[string]string{"refresh_token": pending.Token})
	if err != nil {
		return 0, 0, nil
	}
	request, err := http.NewRequest("POST", tokens.API+"/api/v1/users/auth/refresh-token", bytes.NewReader(body))
	if err != nil {
		return 0, 0, nil
	}
	request.GetBody = nil // net/http repeats nothing by itself
	request.Header.Set("cv-api-key", tokens.APIKey)
	request.Header.Set("content-type", "application/json")
	request.Header.Set("idempotency-key", pending.Key)
	answer, err := tokens.Client.Do(request)
	if err != nil {
		return 0, 0, nil
	}
	defer answer.Body.Close()
	seconds, _ := strconv.Atoi(answer.Header.Get("retry-after")) // 0 if there is none
	if answer.StatusCode != http.StatusOK {
		return answer.StatusCode, time.Duration(seconds) * time.Second, nil
	}
	var granted struct {
		AccessToken, RefreshToken string
		ExpiresIn                 float64
	}
	if json.NewDecoder(answer.Body).Decode(&granted) != nil {
		return 0, 0, nil
	}
	refreshAt := now() + (granted.ExpiresIn-90)*1000
	return http.StatusOK, 0, &Session{granted.AccessToken, granted.RefreshToken, refreshAt, nil}
}

func now() float64 { return float64(time.Now().UnixMilli()) }

func randomKey() (string, error) {
	key := make([]byte, 16)
	_, err := rand.Read(key)
	return fmt.Sprintf("%x", key), err
}

// File is a Store in a file.
type File string

func (file File) Load() (*Session, error) {
	text, err := os.ReadFile(string(file))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	var session *Session
	return session, json.Unmarshal(text, &session)
}

func (file File) Save(session *Session) error {
	text, err := json.Marshal(session)
	if err != nil {
		return err
	}
	next, err := os.OpenFile(string(file)+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = next.Write(text)
	if err == nil {
		err = next.Sync()
	}
	if closed := next.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(string(file)+".new", string(file))
}

func main() {
	tokens := &Tokens{
		Store:  File(os.Args[1]),
		API:    os.Getenv("POSTERN_API"),
		APIKey: os.Getenv("POSTERN_API_KEY"),
		Client: &http.Client{Timeout: 10 * time.Second},
	}
	callers := 1
	if len(os.Args) > 2 {
		callers, _ = strconv.Atoi(os.Args[2])
	}
	type result struct {
		token string
		err   error
	}
	results := make(chan result)
	for caller := 0; caller < callers; caller++ {
		go func() {
			token, err := tokens.AccessToken()
			results <- result{token, err}
		}()
	}
	for caller := 0; caller < callers; caller++ {
		switch got := <-results; {
		case errors.Is(got.err, ErrSignInAgain):
			fmt.Println("sign in again")
			os.Exit(3)
		case got.err != nil:
			fmt.Fprintln(os.Stderr, got.err)
			os.Exit(1)
		default:
			fmt.Println(got.token)
		}
	}
}
