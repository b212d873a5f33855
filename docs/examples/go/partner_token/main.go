// Verifies partners' tokens by the published keys.
// Go 1.19 or later, with go-jose. In its version 4 the paths are github.com/go-jose/go-jose/v4 and …/v4/jwt,
// and ParseSigned takes the algorithms: []jose.SignatureAlgorithm{jose.RS256}.
// Try it: echo "ORGANIZATION_ID TOKEN" | go run ./partner_token
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"gopkg.in/square/go-jose.v2"
	"gopkg.in/square/go-jose.v2/jwt"
)

const life = 5 * time.Minute

// Keys are the published keys.
type Keys struct {
	URL      string
	Cooldown time.Duration
	Client   *http.Client
	mutex    sync.Mutex
	set      jose.JSONWebKeySet
	tag      string
	fetched  time.Time
}

// ErrUnavailable says nothing of the token: answer 503.
var ErrUnavailable = errors.New("the keys can't be fetched")

// Find returns nil for a key that isn't published.
func (keys *Keys) Find(kid string) (*jose.JSONWebKey, error) {
	keys.mutex.Lock()
	defer keys.mutex.Unlock()
	found := keys.set.Key(kid)
	// For an unknown key once a minute at most: anybody can invent one.
	age := time.Since(keys.fetched)
	if age > life || len(found) == 0 && age > keys.Cooldown {
		if err := keys.fetch(); err != nil {
			return nil, fmt.Errorf("%w: %v", ErrUnavailable, err)
		}
		found = keys.set.Key(kid)
	}
	if len(found) == 0 {
		return nil, nil
	}
	return &found[0], nil
}

func (keys *Keys) fetch() error {
	request, err := http.NewRequest("GET", keys.URL, nil)
	if err != nil {
		return err
	}
	if keys.tag != "" {
		request.Header.Set("if-none-match", keys.tag)
	}
	answer, err := keys.Client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	switch answer.StatusCode {
	case http.StatusOK:
		var set jose.JSONWebKeySet
		if err := json.NewDecoder(answer.Body).Decode(&set); err != nil {
			return err
		}
		keys.set, keys.tag = set, answer.Header.Get("etag")
	case http.StatusNotModified:
	default:
		return errors.New(answer.Status)
	}
	keys.fetched = time.Now()
	return nil
}

// Verify returns the user in whose name the partner acts.
func (keys *Keys) Verify(token, organization string) (string, error) {
	parsed, err := jwt.ParseSigned(token)
	if err != nil {
		return "", err
	}
	// We say which algorithm, not the token.
	if len(parsed.Headers) != 1 || parsed.Headers[0].Algorithm != string(jose.RS256) {
		return "", errors.New("another algorithm")
	}
	key, err := keys.Find(parsed.Headers[0].KeyID)
	if err != nil {
		return "", err
	}
	if key == nil {
		return "", errors.New("unknown key")
	}
	var standard jwt.Claims
	var own struct {
		OrganizationID string   `json:"organization_id"`
		UserID         string   `json:"user_id"`
		Scope          []string `json:"scope"`
	}
	if err := parsed.Claims(key.Key, &standard, &own); err != nil {
		return "", err
	}
	// It doesn't miss a claim that is absent.
	if standard.Expiry == nil {
		return "", errors.New("no expiry")
	}
	if err := standard.ValidateWithLeeway(jwt.Expected{Issuer: "postern", Time: time.Now()}, time.Minute); err != nil {
		return "", err
	}
	// There is no audience: the organization says for whom the token is.
	if own.OrganizationID != organization {
		return "", errors.New("another organization's")
	}
	if own.UserID == "" {
		return "", errors.New("no user")
	}
	for _, scope := range own.Scope {
		if scope == "create:patient" {
			return own.UserID, nil
		}
	}
	return "", errors.New("no scope")
}

func main() {
	cooldown, err := strconv.Atoi(os.Getenv("JWKS_COOLDOWN"))
	if err != nil {
		cooldown = 60
	}
	keys := &Keys{
		URL:      os.Getenv("POSTERN_API") + "/.well-known/jwks.json",
		Cooldown: time.Duration(cooldown) * time.Second,
		Client:   &http.Client{Timeout: 10 * time.Second},
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		organization, token, _ := strings.Cut(lines.Text(), " ")
		user, err := keys.Verify(token, organization)
		switch {
		case errors.Is(err, ErrUnavailable):
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		case err != nil:
			fmt.Println("refused", err)
		default:
			fmt.Println("ok", user)
		}
	}
}
