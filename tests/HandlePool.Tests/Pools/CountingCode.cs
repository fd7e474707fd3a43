using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HandlePool.Pools;

namespace HandlePool.Tests.Pools;

/// <summary>Runs copies of the methods of a bitmap in which each access to a word or a count in an array is noted.</summary>
/// <remarks>
/// A copy has the same instructions, but for loads and stores of array elements and for the searches and copies of the base library, which are
/// calls of <see cref="TouchedWords"/>. Methods of the library that it calls are copied too.
/// </remarks>
internal sealed class CountingCode
{
    private static readonly Dictionary<short, OpCode> Codes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    private static readonly Dictionary<OpCode, string> Accesses = new()
    {
        [OpCodes.Ldelem_I8] = nameof(TouchedWords.Load),
        [OpCodes.Stelem_I8] = nameof(TouchedWords.Store),
        [OpCodes.Ldelem_I4] = nameof(TouchedWords.LoadCount),
        [OpCodes.Stelem_I4] = nameof(TouchedWords.StoreCount),
    };

    private readonly Dictionary<string, DynamicMethod> _copies = [];

    /// <summary>Returns a copy of an instance method of a structure, which takes it by reference.</summary>
    internal TDelegate Copy<TDelegate>(Type type, string name)
        where TDelegate : Delegate
    {
        Type[] parameters = [.. typeof(TDelegate).GetMethod("Invoke")!.GetParameters().Skip(1).Select(parameter => parameter.ParameterType)];
        MethodInfo method = type.GetMethod(name, BindingFlags.Instance | BindingFlags.Public, parameters)!;
        return CopyOf(method).CreateDelegate<TDelegate>();
    }

    private static bool IsOurs(MethodBase method) => method.Module == typeof(IdPool).Module && !method.IsAbstract && method is MethodInfo;

    /// <summary>Returns what a call is replaced with; null if the base library's method reads and writes no word.</summary>
    private static MethodInfo? Replacement(MethodBase method)
    {
        Type[] parameters = [.. method.GetParameters().Select(parameter => parameter.ParameterType)];
        if (method.DeclaringType == typeof(ReadOnlySpan<ulong>) && method.Name == "get_Item")
            return Method(nameof(TouchedWords.Item), [typeof(ReadOnlySpan<ulong>).MakeByRefType(), typeof(int)]);
        if (method.DeclaringType == typeof(Array) && method.Name == nameof(Array.Copy))
            return Method(nameof(TouchedWords.Copy), parameters);
        if (method.DeclaringType == typeof(Array) && method.Name == nameof(Array.CopyTo))
            return Method(nameof(TouchedWords.CopyTo), [typeof(Array), .. parameters]);
        return method.DeclaringType == typeof(MemoryExtensions) && method.Name.Contains("AnyExcept", StringComparison.Ordinal) ? Method(method.Name, parameters) : null;

        static MethodInfo Method(string name, Type[] parameters) =>
            typeof(TouchedWords).GetMethod(name, BindingFlags.Static | BindingFlags.Public, parameters) ?? throw new NotSupportedException(name);
    }

    private DynamicMethod CopyOf(MethodInfo method)
    {
        string key = $"{method.DeclaringType}.{method}";
        if (_copies.TryGetValue(key, out DynamicMethod? copy))
            return copy;
        List<Type> parameters = [.. method.GetParameters().Select(parameter => parameter.ParameterType)];
        if (!method.IsStatic)
            parameters.Insert(0, method.DeclaringType!.IsValueType ? method.DeclaringType.MakeByRefType() : method.DeclaringType);
        copy = new DynamicMethod(method.Name, method.ReturnType, [.. parameters], method.Module, skipVisibility: true);
        _copies.Add(key, copy);
        Emit(method, copy.GetILGenerator());
        return copy;
    }

    private void Emit(MethodInfo method, ILGenerator il)
    {
        MethodBody body = method.GetMethodBody()!;
        if (body.ExceptionHandlingClauses.Count > 0)
            throw new NotSupportedException($"{method.Name} has exception handlers.");
        foreach (LocalVariableInfo local in body.LocalVariables)
            il.DeclareLocal(local.LocalType, local.IsPinned);

        byte[] code = body.GetILAsByteArray()!;
        Dictionary<int, Label> labels = [];
        for (int at = 0; at < code.Length;)
        {
            labels.Add(at, il.DefineLabel());
            at += SizeOf(Read(code, at), code, at);
        }

        for (int at = 0; at < code.Length;)
        {
            il.MarkLabel(labels[at]);
            OpCode op = Read(code, at);
            int operand = at + op.Size, next = at + SizeOf(op, code, at);
            Emit(method, il, op, code.AsSpan(operand, next - operand), next, labels);
            at = next;
        }
    }

    private void Emit(MethodInfo method, ILGenerator il, OpCode op, ReadOnlySpan<byte> operand, int next, Dictionary<int, Label> labels)
    {
        Type[] typeArguments = method.DeclaringType!.GetGenericArguments(), methodArguments = method.GetGenericArguments();
        switch (op.OperandType)
        {
            case OperandType.ShortInlineBrTarget:
                il.Emit(Long(op), labels[next + (sbyte)operand[0]]);
                break;
            case OperandType.InlineBrTarget:
                il.Emit(op, labels[next + BinaryPrimitives.ReadInt32LittleEndian(operand)]);
                break;
            case OperandType.InlineMethod:
                EmitCall(il, op, method.Module.ResolveMethod(BinaryPrimitives.ReadInt32LittleEndian(operand), typeArguments, methodArguments)!);
                break;
            case OperandType.InlineField:
                il.Emit(op, method.Module.ResolveField(BinaryPrimitives.ReadInt32LittleEndian(operand), typeArguments, methodArguments)!);
                break;
            case OperandType.InlineType:
                Type type = method.Module.ResolveType(BinaryPrimitives.ReadInt32LittleEndian(operand), typeArguments, methodArguments);
                if (op == OpCodes.Ldelema && type == typeof(ulong))
                    il.Emit(OpCodes.Call, typeof(TouchedWords).GetMethod(nameof(TouchedWords.Address))!);
                else if (op == OpCodes.Ldelema && type == typeof(int))
                    il.Emit(OpCodes.Call, typeof(TouchedWords).GetMethod(nameof(TouchedWords.AddressOfCount))!);
                else
                    il.Emit(op, type);
                break;
            case OperandType.InlineNone when Accesses.TryGetValue(op, out string? access):
                il.Emit(OpCodes.Call, typeof(TouchedWords).GetMethod(access)!);
                break;
            case OperandType.InlineNone:
                il.Emit(op);
                break;
            case OperandType.ShortInlineI:
                il.Emit(op, (sbyte)operand[0]);
                break;
            case OperandType.ShortInlineVar:
                il.Emit(op, operand[0]);
                break;
            case OperandType.InlineI:
                il.Emit(op, BinaryPrimitives.ReadInt32LittleEndian(operand));
                break;
            case OperandType.InlineI8:
                il.Emit(op, BinaryPrimitives.ReadInt64LittleEndian(operand));
                break;
            default:
                throw new NotSupportedException($"{op.Name} in {method.Name}.");
        }
    }

    private void EmitCall(ILGenerator il, OpCode op, MethodBase called)
    {
        if (op != OpCodes.Newobj && Replacement(called) is { } replacement)
            il.Emit(OpCodes.Call, replacement);
        else if (op != OpCodes.Newobj && IsOurs(called))
            il.Emit(OpCodes.Call, CopyOf((MethodInfo)called));
        else if (called is ConstructorInfo constructor)
            il.Emit(op, constructor);
        else
            il.Emit(op, (MethodInfo)called);
    }

    private static OpCode Read(byte[] code, int at) => Codes[code[at] == 0xFE ? unchecked((short)(0xFE00 | code[at + 1])) : code[at]];

    private static int SizeOf(OpCode op, byte[] code, int at) => op.Size + op.OperandType switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BinaryPrimitives.ReadInt32LittleEndian(code.AsSpan(at + op.Size))),
        _ => 4,
    };

    /// <summary>Returns the form of a branch with an offset of four bytes.</summary>
    private static OpCode Long(OpCode op) => Codes.Values.Single(code => code.Name == op.Name![..^2]);
}

/// <summary>Notes the words that are read or written on this thread.</summary>
public static class TouchedWords
{
    [ThreadStatic]
    private static HashSet<(object, int)>? _words;

    [ThreadStatic]
    private static List<ulong[]>? _arrays;

    /// <summary>Forgets all, and makes arrays known whose words may be reached by a reference into them.</summary>
    internal static void Begin(IEnumerable<ulong[]> arrays)
    {
        _words = [];
        _arrays = [.. arrays];
    }

    /// <summary>Stops, and returns the number of different words since the beginning; 0 if there was none.</summary>
    internal static int End()
    {
        int count = _words?.Count ?? 0;
        _words = null;
        return count;
    }

    public static ulong Load(ulong[] array, int index)
    {
        _words?.Add((array, index));
        return array[index];
    }

    public static void Store(ulong[] array, int index, ulong value)
    {
        _words?.Add((array, index));
        array[index] = value;
    }

    public static ref ulong Address(ulong[] array, int index)
    {
        _words?.Add((array, index));
        return ref array[index];
    }

    public static int LoadCount(int[] array, int index) => AddressOfCount(array, index);

    public static void StoreCount(int[] array, int index, int value) => AddressOfCount(array, index) = value;

    public static ref int AddressOfCount(int[] array, int index)
    {
        _words?.Add((array, index));
        return ref array[index];
    }

    public static ref readonly ulong Item(ref ReadOnlySpan<ulong> words, int index)
    {
        Touch(words, index, 1);
        return ref words[index];
    }

    public static void Copy(Array from, Array to, int length)
    {
        for (int index = 0; index < length; index++)
        {
            _words?.Add((from, index));
            _words?.Add((to, index));
        }

        Array.Copy(from, to, length);
    }

    public static void CopyTo(Array from, Array to, int index)
    {
        for (int at = 0; at < from.Length; at++)
        {
            _words?.Add((from, at));
            _words?.Add((to, index + at));
        }

        from.CopyTo(to, index);
    }

    public static bool ContainsAnyExcept(Span<ulong> words, ulong value) => IndexOfAnyExcept(words, value) >= 0;

    public static int IndexOfAnyExcept(Span<ulong> words, ulong value)
    {
        int found = MemoryExtensions.IndexOfAnyExcept(words, value);
        Touch(words, 0, found < 0 ? words.Length : found + 1);
        return found;
    }

    public static int LastIndexOfAnyExcept(Span<ulong> words, ulong value)
    {
        int found = MemoryExtensions.LastIndexOfAnyExcept(words, value);
        Touch(words, Math.Max(0, found), words.Length - Math.Max(0, found));
        return found;
    }

    private static void Touch(ReadOnlySpan<ulong> words, int first, int count)
    {
        if (count == 0 || _words is null)
            return;
        foreach (ulong[] array in _arrays!)
        {
            // A reference into another array is far away, below or above.
            nint offset = Unsafe.ByteOffset(ref MemoryMarshal.GetArrayDataReference(array), ref MemoryMarshal.GetReference(words)) / sizeof(ulong);
            if (offset < 0 || offset >= array.Length)
                continue;
            for (int index = first; index < first + count; index++)
                _words?.Add((array, (int)offset + index));
            return;
        }

        throw new InvalidOperationException("The words are in no known array.");
    }
}
