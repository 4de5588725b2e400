<?php
/* Says of each file named where it holds what PHP 7.4 would not parse, a function that it does not have, or what PHP up
 * to 8.4 has come to deprecate: a line each. Neither is in a Debian that we run on. For 7.4 an attribute is a comment, if
 * it is alone on its line. */
const TOKENS = [T_MATCH, T_NULLSAFE_OBJECT_OPERATOR, T_ENUM, T_READONLY, T_DOLLAR_OPEN_CURLY_BRACES];
const FUNCTIONS = ['array_is_list', 'fdiv', 'get_debug_type', 'get_resource_id', 'preg_last_error_msg', 'str_contains',
    'str_ends_with', 'str_starts_with', 'array_find', 'array_any', 'array_all', 'json_validate', 'ini_parse_quantity'];
const DEPRECATED_FUNCTIONS = ['utf8_encode', 'utf8_decode', 'strftime', 'gmstrftime', 'strptime', 'lcg_value', 'assert_options',
    'mhash', 'date_sunrise', 'date_sunset', 'key_exists', 'odbc_result_all', 'xml_set_object', 'fputcsv', 'fgetcsv', 'str_getcsv'];
const DEPRECATED_CONSTANTS = ['E_STRICT', 'SID', 'FILTER_SANITIZE_STRING', 'FILTER_SANITIZE_STRIPPED', 'SUNFUNCS_RET_TIMESTAMP'];
const DEPRECATED_SETTINGS = ['session.sid_length', 'session.sid_bits_per_character', 'session.use_only_cookies',
    'session.trans_sid_tags', 'session.trans_sid_hosts', 'session.referer_check', 'assert.active'];
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
    'a parameter that null makes nullable' => '/[(,]\s*(?!mixed\b)[\\\\\w]+\s+[&.]*\$\w+\s*=\s*null\b/i',
    'an error raised by hand' => '/\btrigger_error\s*\([^;]*\bE_USER_ERROR\b/',
    'a session handler of functions' => '/\bsession_set_save_handler\s*\([^;]*,[^;]*,/',
    'get_class() of nothing' => '/\bget_(?:parent_)?class\s*\(\s*\)/',
    'a serialization of its own' => '/\bimplements\b[^{]*\bSerializable\b/',
    'an attribute that is not alone on its line' => '/\S[^\n]*#\[|#\[[^\n]*\][^\n]*\S/',
];
const NAMES = [...FUNCTIONS, ...DEPRECATED_FUNCTIONS, ...DEPRECATED_CONSTANTS];

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
        } elseif ($token->is([T_STRING, T_NAME_FULLY_QUALIFIED]) && in_array(ltrim($token->text, '\\'), NAMES, true)) {
            echo "$file:$token->line: $token->text\n";
        } elseif ($token->is(T_CONSTANT_ENCAPSED_STRING) && in_array(substr($token->text, 1, -1), DEPRECATED_SETTINGS, true)) {
            echo "$file:$token->line: $token->text\n";
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
