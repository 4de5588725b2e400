<?php
/* Says of each file named where it holds what PHP 7.4 would not parse, or a function that it does not have: a line each.
 * PHP 7.4 itself is in no Debian that we run on. An attribute is a comment there, if it is alone on its line. */
const TOKENS = [T_MATCH, T_NULLSAFE_OBJECT_OPERATOR, T_ENUM, T_READONLY];
const FUNCTIONS = ['array_is_list', 'fdiv', 'get_debug_type', 'get_resource_id', 'preg_last_error_msg', 'str_contains',
    'str_ends_with', 'str_starts_with', 'array_find', 'array_any', 'array_all', 'json_validate', 'ini_parse_quantity'];
const PATTERNS = [
    'a type of several' => '/(?:function\s*\w*\s*\([^()]*?|\)\s*:\s*\??|(?:public|private|protected|static)\s+\??)[\\\\\w]+\|[\\\\\w]+\s+(?:\$|\{)/',
    'a type of PHP 8' => '/(?:function\s*\w*\s*\([^()]*\)(?:\s*use\s*\([^)]*\))?\s*:\s*\??(?:static|mixed|never|true|false|null)\b|[(,]\s*\??(?:mixed|never)\s+[&.]*\$)/',
    'a promoted parameter' => '/__construct\s*\([^)]*\b(?:public|private|protected)\b/',
    'catch without a variable' => '/\bcatch\s*\([^$)]*\)/',
    'throw within an expression' => '/(?:\?\?|\?:|=>|&&|\|\|)\s*throw\b/',
    'a comma after the last parameter' => '/function\s*\w*\s*\([^()]*,\s*\)/',
    'a first-class callable' => '/\(\s*\.\.\.\s*\)/',
    'an argument by name' => '/[(,]\s*[a-z_]\w*:(?!:)\s/i',
    '$object::class' => '/\$\w+::class\b/',
    'a number with 0o' => '/\b0o\d/i',
    'an attribute that is not alone on its line' => '/\S[^\n]*#\[|#\[[^\n]*\][^\n]*\S/',
];

function plain(string $source): string
{
    $text = '';
    foreach (PhpToken::tokenize($source) as $token) {
        $blank = $token->is([T_COMMENT, T_DOC_COMMENT, T_CONSTANT_ENCAPSED_STRING, T_ENCAPSED_AND_WHITESPACE, T_INLINE_HTML]);
        $text .= $blank ? str_repeat("\n", substr_count($token->text, "\n")) . ($token->is(T_CONSTANT_ENCAPSED_STRING) ? "''" : '') : $token->text;
    }
    return $text;
}

foreach (array_slice($argv, 1) as $file) {
    $source = file_get_contents($file);
    foreach (PhpToken::tokenize($source) as $token) {
        if ($token->is(TOKENS)) {
            echo "$file:$token->line: $token->text\n";
        } elseif ($token->is([T_STRING, T_NAME_FULLY_QUALIFIED]) && in_array(ltrim($token->text, '\\'), FUNCTIONS, true)) {
            echo "$file:$token->line: $token->text()\n";
        }
    }
    $text = plain($source);
    foreach (PATTERNS as $what => $pattern) {
        preg_match_all($pattern, $text, $found, PREG_OFFSET_CAPTURE);
        foreach ($found[0] as [$match, $at]) {
            echo $file, ':', 1 + substr_count($text, "\n", 0, $at + strlen($match)), ": $what\n";
        }
    }
}
