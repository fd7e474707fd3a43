using System.Reflection;
using System.Runtime.Loader;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace HandlePool.Tests.Limits;

/// <summary>Runs a copy of the library that counts its work: every call of a method, and every turn of a loop.</summary>
/// <remarks>
/// The counts are the same on every machine, however busy it is. Work within the base class library is not counted, but what it calls back
/// is: comparers, and the equality of keys.
/// </remarks>
internal static class CountedLibrary
{
    private static readonly Assembly Copy = Load();
    private static readonly FieldInfo Count = Copy.GetType("HandlePool.Work", throwOnError: true)!.GetField("Count")!;

    /// <summary>Returns the work of the action, and the memory that it allocates, in bytes.</summary>
    internal static (long Work, long Bytes) Measure(Action action)
    {
        Count.SetValue(null, 0L);
        long before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return ((long)Count.GetValue(null)!, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    /// <summary>Calls a static method of the copy. Arguments that are not given have their defaults.</summary>
    internal static dynamic Call(string type, string method, params object?[] arguments)
    {
        MethodInfo found = Copy.GetType("HandlePool." + type, throwOnError: true)!.GetMethods()
            .Single(each => each.Name == method && each.GetParameters() is var parameters && parameters.Length >= arguments.Length
                && parameters.Skip(arguments.Length).All(parameter => parameter.HasDefaultValue)
                && parameters.Zip(arguments).All(pair => pair.Second is null || pair.First.ParameterType.IsInstanceOfType(pair.Second)));
        object?[] all = [.. arguments, .. found.GetParameters().Skip(arguments.Length).Select(parameter =>
            parameter.ParameterType == typeof(CancellationToken) ? CancellationToken.None : parameter.DefaultValue)];
        return found.Invoke(null, BindingFlags.DoNotWrapExceptions, null, all, null)!;
    }

    /// <summary>Creates a session of the copy.</summary>
    internal static dynamic NewSession()
    {
        ConstructorInfo constructor = Copy.GetType(typeof(HandleSession).FullName!, throwOnError: true)!.GetConstructors()
            .First(each => each.GetParameters().All(parameter => parameter.HasDefaultValue));
        return constructor.Invoke([.. constructor.GetParameters().Select(parameter => parameter.DefaultValue)]);
    }

    private static Assembly Load()
    {
        using AssemblyDefinition assembly = AssemblyDefinition.ReadAssembly(typeof(HandleSession).Assembly.Location);
        ModuleDefinition module = assembly.MainModule;
        TypeDefinition work = new("HandlePool", "Work", Mono.Cecil.TypeAttributes.Public | Mono.Cecil.TypeAttributes.Abstract | Mono.Cecil.TypeAttributes.Sealed,
            module.TypeSystem.Object);
        FieldDefinition count = new("Count", Mono.Cecil.FieldAttributes.Public | Mono.Cecil.FieldAttributes.Static, module.TypeSystem.Int64);
        work.Fields.Add(count);
        foreach (MethodDefinition method in module.GetTypes().SelectMany(type => type.Methods).Where(method => method.HasBody))
            Instrument(method.Body, count);
        module.Types.Add(work);

        MemoryStream written = new();
        assembly.Write(written);
        written.Position = 0;
        return new AssemblyLoadContext(nameof(CountedLibrary)).LoadFromStream(written);
    }

    /// <summary>Counts at the beginning, and before each branch that leads back.</summary>
    private static void Instrument(Mono.Cecil.Cil.MethodBody body, FieldDefinition count)
    {
        body.SimplifyMacros();
        ILProcessor il = body.GetILProcessor();
        Instruction first = body.Instructions[0];
        Instruction[] back = [.. body.Instructions.Where(each => each.Operand is Instruction target && target.Offset <= each.Offset)];
        foreach (Instruction place in back.Prepend(first).Distinct())
        {
            Instruction[] added = [il.Create(OpCodes.Ldsfld, count), il.Create(OpCodes.Ldc_I4_1), il.Create(OpCodes.Conv_I8), il.Create(OpCodes.Add), il.Create(OpCodes.Stsfld, count)];
            foreach (Instruction instruction in added)
                il.InsertBefore(place, instruction);
        }

        body.OptimizeMacros();
    }
}
