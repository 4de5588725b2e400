<?php
/* Handler.php - the save handler: what PHP calls when the application starts, writes, renews and destroys a session.
 * $_SESSION is filled and looked at directly; the serialized text that PHP makes of it is not used. */
declare(strict_types=1);

namespace SessionGate;

final class Handler implements \SessionHandlerInterface, \SessionIdInterface, \SessionUpdateTimestampHandlerInterface
{
    private const ID_BYTES = 16;
    /** A ticket is good for 30 s after the end of its request, which a script may bring about and go on
     * (fastcgi_finish_request()); later a call says that nothing is kept. */
    private const NOTES_S = 25;

    private Visit $visit;
    private ?Adopt $adopt;
    private string $savePath = '';
    private ?Session $session = null;
    private ?Response $response = null;
    private string $name = '';
    /** @var string[] under which sessions were started here */
    private array $names = [];
    /** What was read, while nothing but that has happened: as long as $_SESSION is this, there is nothing to do. */
    private ?array $plain = null;
    /** What PHP will write, whatever becomes of the variable $_SESSION: a reference, and so without a type, which would
     * become the application's. */
    private $values = null;
    /** Between PHP's open and close. Else it asks for somebody else: a handler of functions leaves our methods in place
     * where it has none. */
    private bool $open = false;
    /** An id that was just made: PHP asks next whether it is in use. */
    private ?string $asked = null;
    /** @var array<string, true> */
    private array $created = [];
    /** A second session in this request, of another name: it has to have an id before it starts, and any will do. */
    private bool $another = false;
    /** The application chose an id, by session_id('…'): not to be mistaken for the visitor's own. */
    private bool $refused = false;
    private bool $ending = false;
    private bool $reported = false;
    /** An answer has one word of its adapter. */
    private bool $spoke = false;
    /** When the header went, with word that what follows may come as a Note; 0: it did not. */
    private int $notesSince = 0;
    /** PHP lets go of it when an application takes both of what it is registered for. */
    private static ?self $here = null;

    public function __construct(Visit $visit, ?Adopt $adopt)
    {
        $this->visit = $visit;
        $this->adopt = $adopt;
        self::$here = $this;
    }

    #[\ReturnTypeWillChange]
    public function open($path, $name)
    {
        $this->savePath = $path;
        $this->name = $name;
        $this->open = true;
        $this->another = $this->names !== [] && !isset($this->names[$name]);
        $this->names[$name] = $name;
        return true;
    }

    #[\ReturnTypeWillChange]
    public function create_sid()
    {
        $caller = $this->caller();
        if (!$this->open || $caller === 'session_create_id') {
            $id = self::newId();
            $this->asked = $caller === 'session_start' ? null : $id;
            $this->created[$id] = true;
            return $id;
        }
        if ($this->visit->id === '') {
            $this->visit->id = self::newId(); /* of nothing that is kept */
        }
        if ($caller === 'session_regenerate_id') {
            $this->begin();
            $this->session->rotate();
            $this->response->say();
            if ($this->adopt !== null) {
                $this->adopt->renew();
            }
        }
        return $this->visit->id;
    }

    #[\ReturnTypeWillChange]
    public function validateId($id)
    {
        if ($id === $this->asked) {
            $this->asked = null;
            return false;
        }
        $own = $id === $this->visit->id;
        $this->refused = !$own && $this->open && !$this->another && !$this->isNobodys($id);
        return $own || !$this->open;
    }

    /** Sent by a client, or just made by session_create_id(), perhaps with a prefix: ours is taken in its place. */
    private function isNobodys(string $id): bool
    {
        $sent = [$_COOKIE[$this->name] ?? null, $_GET[$this->name] ?? null, $_POST[$this->name] ?? null];
        return \in_array($id, $sent, true) || isset($this->created[\substr($id, -2 * self::ID_BYTES)]);
    }

    #[\ReturnTypeWillChange]
    public function read($id)
    {
        if ($this->session === null && $this->plain === null && \count($this->names) === 1 && $this->readPlain()) {
            return '';
        }
        $this->begin();
        if ($this->caller() === 'session_regenerate_id') {
            $this->bind();
            return '';
        }
        return $this->attempt(function () {
            if ($this->refused) {
                $this->refused = false;
                throw new Failure('the application opens a session by an id of its own (session_id()), but ids '
                    . "are the gateway's: start it without, and keep elsewhere what is not this visitor's");
            }
            $this->session->load();
            if ($this->adopts() && !$this->takeOver()) {
                return false;
            }
            $values = $this->session->read($this->name);
            $this->response->say();
            $this->withholdCookies(); /* an application may take the header's callback for itself */
            return $this->fill($values);
        });
    }

    #[\ReturnTypeWillChange]
    public function write($id, $data)
    {
        if ($this->isUntouched()) {
            return true;
        }
        $update = \headers_sent() ? $this->plainUpdate() : null;
        if ($update !== null) {
            $over = self::isOver(\debug_backtrace(\DEBUG_BACKTRACE_IGNORE_ARGS, 2));
            return ($over && $this->note($update)) || $this->attempt(static function () use ($update): bool {
                return self::patchPlain($update);
            });
        }
        $this->begin();
        return $this->attempt(function () use ($data): bool {
            $this->collect($this->written(), true);
            if ($this->adopts()) {
                $this->adopt->keep($this->savePath, $data, $this->session->adopted());
            }
            return $this->response->say();
        });
    }

    /** session.lazy_write finds nothing new: only we can tell. */
    #[\ReturnTypeWillChange]
    public function updateTimestamp($id, $data)
    {
        return !$this->open || $this->write($id, $data);
    }

    #[\ReturnTypeWillChange]
    public function destroy($id)
    {
        if ($this->caller() === 'session_regenerate_id') {
            return true;
        }
        $this->begin();
        return $this->attempt(function (): bool {
            $adopted = $this->session->adopted();
            if ($this->session->destroy($this->name) && $this->adopts()) {
                $this->adopt->end($this->savePath, $adopted);
            }
            return $this->response->say();
        });
    }

    #[\ReturnTypeWillChange]
    public function close()
    {
        $this->open = false;
        unset($this->values);
        if (($this->visit->settings['lock'] ?? false) && $this->visit->exists && !$this->ending && $this->caller() !== 'session_regenerate_id') {
            $this->begin();
            $this->attempt(function (): bool {
                return $this->response->release();
            });
        }
        return true;
    }

    /** The gateway sees to what has expired. */
    #[\ReturnTypeWillChange]
    public function gc($seconds)
    {
        return 0;
    }

    /** The last moment at which something can ride. */
    public function beforeHeaders(): void
    {
        if ($this->visit->plainFolderSeconds > 0) {
            \header("X-Session-Adapter: plain folder {$this->visit->plainFolderSeconds}");
            $this->spoke = true;
        }
        if ($this->names === []) {
            $this->reportOther();
            return;
        }
        /* by PHP, and not by a line of the application, whose shutdown functions and destructors may send the page and go on */
        $over = self::isOver(\debug_backtrace(\DEBUG_BACKTRACE_IGNORE_ARGS, 2));
        $update = null;
        if ($this->isUntouched() || ($over && ($update = $this->plainUpdate()) !== null)) {
            if ($update !== null) {
                \header("X-Session-Update: $update");
            }
            if ($over && $this->open) {
                \session_abort();
            } elseif ($this->open && !$this->spoke) {
                \header('X-Session-Adapter: notes');
                $this->notesSince = \time();
            }
        } else {
            $this->leave($over);
        }
        $this->withholdCookies();
        if ($this->adopt !== null) {
            $this->adopt->sayCookie();
        }
    }

    /** The end of the script: an application may have taken the header's callback for itself, or begun its session later. */
    public function __destruct()
    {
        if ($this->names === []) {
            $this->reportOther();
        } elseif ($this->notesSince > 0 && $this->open) {
            require_once __DIR__ . '/Epilogue.php';
            Epilogue::await($this);
        }
    }

    /** PHP need not make its own text of the session, where what has changed can be said now. */
    public function end(): void
    {
        if ($this->open && ($this->isUntouched() || (($update = $this->plainUpdate()) !== null && $this->note($update)))) {
            \session_abort();
        }
    }

    /** Called by PHP itself at the end of the script.
     *
     * @param array<int, array<string, mixed>> $frames
     */
    private static function isOver(array $frames): bool
    {
        return !isset($frames[1]) && !isset($frames[0]['file']);
    }

    /** What plainUpdate() makes, when the script is over and nobody is there to be told what came of it. False: it could
     * not be said so. */
    private function note(string $update): bool
    {
        if ($this->notesSince === 0 || \time() - $this->notesSince > self::NOTES_S) {
            return false;
        }
        require_once __DIR__ . '/Note.php';
        return Note::tell("{\"update\":$update}");
    }

    /** What plainUpdate() makes, when the header is out. */
    private static function patchPlain(string $update): bool
    {
        require_once __DIR__ . '/Call.php';
        $answer = Call::patch("{\"update\":$update}");
        if (!Call::isDone($answer)) {
            require_once __DIR__ . '/Failure.php';
            require_once __DIR__ . '/Api.php';
            Api::accept($answer);
        }
        return true;
    }

    /** The numbers and texts that are others now, as JSON text. Null: more than that has changed. */
    private function plainUpdate(): ?string
    {
        if ($this->session !== null || $this->plain === null || !$this->open || $this->visit->readOnly
            || !\is_array($this->values)) {
            return null;
        }
        $values = $this->values;
        $plain = $this->plain;
        if (\array_keys($values) !== \array_keys($plain)) {
            return null;
        }
        $changed = [];
        foreach ($values as $name => $value) {
            if ($value !== $plain[$name]) {
                if (!\is_int($value) && !\is_string($value) && !\is_bool($value)) {
                    return null;
                }
                $changed[$name] = $value;
            }
        }
        $update = \json_encode($changed, \JSON_UNESCAPED_SLASHES); /* an object: no key of a plain session is a number */
        return $update === false || $changed === [] || \strpbrk($update, "\x7f") !== false || \strpos($update, '\u0000') !== false
            ? null : $update;
    }

    private function leave(bool $over): void
    {
        $this->begin();
        try {
            $this->collectLast($over);
        } catch (\Throwable $e) {
            \error_log('sessiongate: the session is not saved with the header: ' . $e->getMessage());
        }
        $this->response->leave();
    }

    /** When the script is over PHP need not make its own text of the session, which nobody reads: but where it has to say
     * something of a key. */
    private function collectLast(bool $over): void
    {
        if (!$this->open) {
            return;
        }
        $written = $this->written();
        $this->collect($written, $over);
        if ($over && $this->adopt === null && \count($written) === \count($this->values ?? [])) {
            \session_abort();
        }
    }

    /** Is it this session that the application moves in with? */
    private function adopts(): bool
    {
        return $this->adopt !== null && $this->adopt->concerns($this->name);
    }

    /** The session that the visitor had before the application moved in. False: nobody can tell now whether there is one. */
    private function takeOver(): bool
    {
        $reason = \getenv('SESSION_REASON');
        if ($this->visit->exists) {
            $this->adopt->check($this->savePath, $this->session->adopted());
        } elseif (($reason === false || $reason === 'malformed') && !$this->response->sent()) {
            $this->adopt->take($this->savePath, function (string $hash, array $values): int {
                return $this->session->adopt($this->name, $hash, $values);
            });
        }
        return !$this->adopt->unanswered;
    }

    /** What has changed, into the response. $thorough: in objects as well. */
    private function collect(array $values, bool $thorough): void
    {
        $this->session->write($this->name, $values, $thorough);
        if ($this->adopts() && $values !== [] && !$this->response->sent() && $this->session->remains()) {
            $adopted = $this->session->adopted();
            $this->session->noteAdopted($this->name, $this->adopt->settle($this->savePath, $adopted));
        }
    }

    /** The first session of a request, in which nothing takes more than JSON. */
    private function readPlain(): bool
    {
        $visit = $this->visit;
        if (!$visit->simple || !$visit->exists || $this->refused || !self::adds()) {
            return false;
        }
        $plain = $visit->plain($this->name);
        if ($visit->json !== null && $visit->isToldTwice() && !\headers_sent()) {
            \header('X-Session-Adapter: reads SESSION_PHP');
            $visit->plainFolderSeconds = 0; /* one word an answer; the other is for the next */
            $this->spoke = true;
        }
        if ($plain === null) {
            return false;
        }
        $_SESSION = $this->plain = $plain;
        $this->values = &$_SESSION;
        return true;
    }

    /** PHP's format adds to $_SESSION what it decodes, and leaves numeric keys out. Others replace it. */
    private static function adds(): bool
    {
        $format = \ini_get('session.serialize_handler');
        return $format === 'php' || $format === 'php_binary';
    }

    private function isUntouched(): bool
    {
        return $this->session === null && $this->plain !== null && (!$this->open || $this->values === $this->plain);
    }

    /** From here on more is done than to hand out what was read. */
    private function begin(): void
    {
        if ($this->session !== null) {
            return;
        }
        require_once __DIR__ . '/Failure.php';
        require_once __DIR__ . '/Codec.php';
        require_once __DIR__ . '/Call.php';
        require_once __DIR__ . '/Api.php';
        require_once __DIR__ . '/Response.php';
        require_once __DIR__ . '/Session.php';
        $this->visit->decode();
        $api = new Api();
        $this->response = new Response($api, $this->visit->settings['regenerate']);
        $this->session = new Session($this->visit, $api, $this->response);
        if ($this->plain !== null) {
            $this->session->resume($this->plain);
            $this->response->sent(); /* so that nothing of what comes now rides on a header that is out */
        }
        \register_shutdown_function(function (): void {
            $this->ending = true;
        });
    }

    private function caller(): string
    {
        return \debug_backtrace(\DEBUG_BACKTRACE_IGNORE_ARGS, 3)[2]['function'] ?? '';
    }

    private static function newId(): string
    {
        return \bin2hex(\random_bytes(self::ID_BYTES));
    }

    /** PHP's own warning follows ours when this is false. */
    private function attempt(callable $do)
    {
        try {
            return $do();
        } catch (Failure $e) {
            \trigger_error('sessiongate: ' . $e->getMessage(), \E_USER_WARNING);
            return false;
        }
    }

    private function bind(): void
    {
        $this->values = &$_SESSION;
    }

    /** $_SESSION is what was read. PHP decodes what we return into it: nothing, where it adds; all, where it replaces. */
    private function fill(array $values): string
    {
        $_SESSION = $values;
        $this->bind();
        return self::adds() || $values === [] ? '' : (string) \session_encode();
    }

    private function written(): array
    {
        if (!self::adds()) {
            return $_SESSION ?? [];
        }
        /* PHP has said so of those that it leaves out */
        return \array_filter($this->values ?? [], 'is_string', \ARRAY_FILTER_USE_KEY);
    }

    /** PHP's own cookie: the gateway has one. */
    private function withholdCookies(): void
    {
        $kept = [];
        $found = false;
        foreach (\headers_list() as $line) {
            if (($line[3] ?? '') !== '-' || \strncasecmp($line, 'Set-Cookie: ', 12) !== 0) {
                continue; /* nearly always by the look at a character, for which nothing is called */
            }
            if (isset($this->names[\urldecode((string) \strstr(\substr($line, 12), '=', true))])) {
                $found = true;
            } else {
                $kept[] = $line;
            }
        }
        if ($found) {
            \header_remove('Set-Cookie');
            foreach ($kept as $line) {
                \header($line, false);
            }
        }
    }

    /** A session that did not come by us: one of the application's own handler. */
    private function reportOther(): void
    {
        if ($this->reported || \session_id() === '') {
            return;
        }
        $this->reported = true;
        $module = \session_module_name();
        $reason = $module === 'user' ? 'the application has a handler of its own (session_set_save_handler)'
            : "session.save_handler is $module: set by the application, or by php_admin_value of the pool";
        if (!\headers_sent()) {
            \header('X-Session-Adapter: bypassed ' . \rawurlencode($reason));
            return;
        }
        require_once __DIR__ . '/Failure.php';
        require_once __DIR__ . '/Call.php';
        require_once __DIR__ . '/Api.php';
        try {
            (new Api())->patch((string) \json_encode(['adapter' => "bypassed $reason"]));
        } catch (Failure $e) {
            \error_log('sessiongate: sessions do not go through the gateway (' . $reason . '), and it cannot be told so: '
                . $e->getMessage());
        }
    }
}
